// One config, two faces: `vite build --mode patient` and `--mode clinic`.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { serviceWorker } from './worker.plugin.ts';

// All styles of a face are one file and lazy chunks need no hints: Vite's helper for them is 1 kB that does nothing here.
const plainImports: Plugin = {
  name: 'vigie-plain-imports',
  enforce: 'pre',
  load: (id) => (id === '\0vite/preload-helper.js' ? 'export const __vitePreload = (load) => load();' : null),
};

export default defineConfig(({ mode }) => {
  const face = mode === 'clinic' ? 'clinic' : 'patient';
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  return {
    root: here(`./${face}`),
    base: `/${face}/`,
    publicDir: here(`./${face}/public`),
    resolve: { alias: [{ find: /^\/src\//, replacement: `${here('./src')}/` }] },
    define: { __FACE__: JSON.stringify(face) },
    plugins: [
      plainImports,
      svelte({ configFile: here('./svelte.config.js') }),
      serviceWorker({ entry: here('./src/sw.ts'), face }),
    ],
    build: {
      outDir: here(`./dist/${face}`),
      emptyOutDir: true,
      target: ['safari16.4', 'chrome108', 'firefox115'],
      // the content security policy allows no inline script and no data: address
      modulePreload: false,
      assetsInlineLimit: 0,
      cssCodeSplit: false, // a lazy page's styles are in the face's one file: nothing would fetch them on their own
      reportCompressedSize: false,
      rolldownOptions: {
        checks: { pluginTimings: false },
        output: {
          minify: { compress: { dropConsole: true }, mangle: true, codegen: true },
          // All that the first screen needs is one file: one answer to wait for on a slow network, and gzip has one dictionary.
          codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] },
        },
      },
    },
    server: { proxy: { '/api': 'http://localhost:8000' }, fs: { allow: [here('.')] } },
  };
});
