/** A folder with a TypeScript project whose only package has a hook to import: types of our own, in React's shape. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TYPES = `export type Update<S> = (next: S | ((before: S) => S)) => void;
export declare function useState<S>(initial: S | (() => S)): [S, Update<S>];
export declare function useEffect(effect: () => void, watched?: readonly unknown[]): void;
export declare function useMemo<T>(make: () => T, watched: readonly unknown[]): T;
`;

/** What is typed in an empty file of it: `useState` is not imported. */
export const TYPED = 'const [c, setC] = useSt';
/** What the list's item adds. */
export const IMPORT = /^import \{ useState \} from ["']react["'];?\r?\n/;

/** Fills a folder; `file` is empty in it. */
export function project(folder: string, file: string): void {
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  mkdirSync(join(folder, 'node_modules/react'), { recursive: true });
  write(
    'node_modules/react/package.json',
    JSON.stringify({ name: 'react', version: '19.0.0', types: 'index.d.ts', main: 'index.js' }),
  );
  write('node_modules/react/index.d.ts', TYPES);
  write('node_modules/react/index.js', '');
  write('package.json', JSON.stringify({ name: 'hooks', private: true, dependencies: { react: '19.0.0' } }));
  write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        strict: true,
        jsx: 'preserve',
        module: 'esnext',
        moduleResolution: 'bundler',
        target: 'es2022',
      },
      include: ['*.tsx'],
    }),
  );
  write(file, '');
}
