// Builds src/sw.ts after the pages, with the list of what they are made of.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { build, type Plugin } from 'vite';

export function serviceWorker({ entry, face }: { entry: string; face: string }): Plugin {
  let outDir = '';
  return {
    name: 'vigie-service-worker',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const files = readdirSync(outDir, { recursive: true, withFileTypes: true })
          .filter((file) => file.isFile() && file.name !== 'sw.js' && !file.name.endsWith('.map'))
          .map((file) => relative(outDir, join(file.parentPath, file.name)).split(sep).join('/'))
          .sort();
        const hash = createHash('sha256');
        for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(outDir, file)));
        hash.update(readFileSync(entry));
        await build({
          configFile: false,
          publicDir: false,
          logLevel: 'warn',
          define: {
            __FACE__: JSON.stringify(face),
            __PRECACHE__: JSON.stringify(files),
            __VERSION__: JSON.stringify(hash.digest('hex').slice(0, 12)),
          },
          build: {
            outDir,
            emptyOutDir: false,
            target: ['safari16.4', 'chrome108', 'firefox115'],
            reportCompressedSize: false,
            lib: { entry, formats: ['iife'], name: 'sw', fileName: () => 'sw.js' },
          },
        });
      },
    },
  };
}
