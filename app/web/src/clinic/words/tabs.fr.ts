// What leads to the treatment pages: needed before they are.
export const tabs = {
  'tabs.label': 'Parties du dossier',
  'tabs.follow': 'Suivi',
  'tabs.treatment': 'Prescription',
  'tabs.line': 'Prises et toxicité',
  'tabs.stock': 'Boîtes et pilulier',
  'nav.cohort': 'Prises',
} as const;
