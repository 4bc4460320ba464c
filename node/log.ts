/**
 * The operators' log of one process: JSON lines on standard error.
 *
 * Never given: bodies, subjects, passwords, keys, PINs. Addresses only where a line is useless without them.
 */
import pino, { type Logger } from 'pino';

export type Log = Logger;

export function processLog(name: string): Log {
  return pino(
    {
      name,
      level: process.env.SEALGATE_LOG_LEVEL ?? 'info',
      base: { process: name },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
