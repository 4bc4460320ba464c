/** A process of a gateway as far as wires are concerned: dials a port, repeats what comes back on its output. The second word names the gateway. */
import { connect } from 'node:net';

const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2]) });
socket.on('connect', () => process.stdout.write('connected\n'));
process.stdin.pipe(socket);
socket.pipe(process.stdout);
