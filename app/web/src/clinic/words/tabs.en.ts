import type { tabs as fr } from './tabs.fr.ts';

export const tabs: Record<keyof typeof fr, string> = {
  'tabs.label': 'Parts of the file',
  'tabs.follow': 'Follow-up',
  'tabs.treatment': 'Prescription',
  'tabs.line': 'Doses and toxicity',
  'tabs.stock': 'Boxes and pill box',
  'nav.cohort': 'Intakes',
};
