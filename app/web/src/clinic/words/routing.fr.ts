// What the worklist and the page of an alert say about who has it, who was called, and what can be done.
export const routing = {
  'live.age': '(dernier signe il y a {n} s)',
  'live.undeliverable.counted': '{n} alerte n’a pu être remise à personne. Prévenez l’équipe de garde. | {n} alertes n’ont pu être remises à personne. Prévenez l’équipe de garde.',

  'worklist.age': '{age} ans',
  'worklist.part.take': 'À prendre ({n})',
  'worklist.part.mine': 'Les miennes ({n})',
  'worklist.part.taken': 'Prises par d’autres ({n})',
  'worklist.part.paused': 'En pause ({n})',
  'worklist.keys': 'Au clavier : flèches pour changer de ligne, Entrée pour ouvrir.',

  'due.acknowledge.in': 'à prendre dans {left}',
  'due.contact.in': 'à rappeler dans {left}',
  'due.before': '(avant {when})',
} as const;
