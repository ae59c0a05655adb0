// The fortnightly question, in both languages: fetched with its card, and only when something is asked.
import type { Text } from '../../shared/types.ts';

export const words = {
  title: { fr: 'Et depuis deux semaines ?', en: 'And these two weeks?' },
  why: {
    fr: 'Deux questions, à chaque patient, toutes les deux semaines. Vos réponses aident votre équipe à mieux repérer les problèmes. Ce n’est pas un appel à l’aide : si quelque chose ne va pas, faites un point, ou appelez.',
    en: 'Two questions, to every patient, every two weeks. Your answers help your team to see trouble sooner. They call nobody: if something is wrong, make a report, or phone.',
  },
  window: { fr: 'Entre le {first} et le {last} :', en: 'Between {first} and {last}:' },
  visit: {
    fr: 'Êtes-vous allé aux urgences, ou entré à l’hôpital, sans que ce soit prévu ?',
    en: 'Did you go to an emergency ward, or into hospital, without it being planned?',
  },
  severe: {
    fr: 'Un soignant vous a-t-il dit que vous aviez un effet grave du traitement ?',
    en: 'Has a professional told you that you had a severe effect of the treatment?',
  },
  yes: { fr: 'Oui', en: 'Yes' },
  no: { fr: 'Non', en: 'No' },
  unknown: { fr: 'Je ne sais pas', en: 'I do not know' },
  on: { fr: 'Quel jour ? À peu près suffit.', en: 'Which day? Roughly is enough.' },
  missing: { fr: 'Répondez à cette question :', en: 'Answer this question:' },
  missingOn: { fr: 'Donnez le jour, même à peu près :', en: 'Give the day, even roughly:' },
  send: { fr: 'Envoyer', en: 'Send' },
  sending: { fr: 'Envoi…', en: 'Sending…' },
  thanks: { fr: 'Merci, c’est noté.', en: 'Thank you, it is written down.' },
} satisfies Record<string, Text>;
