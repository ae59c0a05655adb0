// How to keep Vigie on the phone, in both languages: fetched with its card, and only where it can be done.
import type { Text } from '../../shared/types.ts';

export const words = {
  title: { fr: 'Mettre Vigie sur l’écran d’accueil', en: 'Put Vigie on the home screen' },
  why: {
    fr: 'Vigie s’ouvre alors comme une application, même sans réseau.',
    en: 'Vigie then opens like an app, even without network.',
  },
  iphone: {
    fr: 'Touchez le bouton Partager de Safari, puis « Sur l’écran d’accueil ».',
    en: 'Tap Safari’s Share button, then “Add to Home Screen”.',
  },
  install: { fr: 'Installer', en: 'Install' },
  later: { fr: 'Plus tard', en: 'Later' },
} satisfies Record<string, Text>;
