/** node-forge, loaded when the first RC2 is met: five megabytes that hardly any gateway ever needs. */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

export const rc2Library = (): typeof import('node-forge') => load('node-forge');
