declare const __FACE__: 'patient' | 'clinic';
