/**
 * What `receive` answers: one row a reply, code and enhanced status code together (RFC 5321 §4.2, RFC 3463, RFC 2034).
 *
 * Texts go to strangers: they name no policy, key, path or setting.
 */
export interface Reply {
  readonly code: number;
  /** RFC 3463. */
  readonly status: string;
  readonly text: string;
}

const reply = (code: number, status: string, text: string): Reply => ({ code, status, text });

export const REPLIES = {
  senderOk: reply(250, '2.1.0', 'Sender ok'),
  recipientOk: reply(250, '2.1.5', 'Recipient ok'),

  stopping: reply(421, '4.3.2', 'Service closing, try again later'),
  notAccepting: reply(421, '4.3.2', 'System not accepting messages'),
  idle: reply(421, '4.4.2', 'Timeout, closing connection'),
  tooManyConnections: reply(421, '4.7.0', 'Too many connections, try again later'),
  tooManyErrors: reply(421, '4.7.0', 'Too many errors'),
  pipelined: reply(554, '5.5.0', 'SMTP protocol synchronization'),
  peerRefused: reply(554, '5.7.1', 'Access denied'),
  bareLineFeed: reply(521, '5.5.2', 'Lines end with CR LF'),

  localError: reply(451, '4.3.0', 'Local error, try again later'),
  notCopied: reply(451, '4.4.0', 'Message could not be stored safely, try again later'),
  storageFull: reply(452, '4.3.1', 'Insufficient system storage, try again later'),
  tooManyRecipients: reply(452, '4.5.3', 'Too many recipients'),

  lineTooLong: reply(500, '5.5.2', 'Line too long'),
  controlCharacter: reply(500, '5.5.2', 'Control character in command'),
  syntax: reply(501, '5.5.4', 'Syntax error in parameters'),
  heloFirst: reply(503, '5.5.1', 'Send HELO or EHLO first'),
  mailFirst: reply(503, '5.5.1', 'Send MAIL first'),
  nestedMail: reply(503, '5.5.1', 'Sender already given'),
  recipientFirst: reply(503, '5.5.1', 'No valid recipients'),
  chunksBegun: reply(503, '5.5.1', 'Message is being sent by BDAT'),
  senderSyntax: reply(501, '5.1.7', 'Bad sender address syntax'),
  recipientSyntax: reply(501, '5.1.3', 'Bad recipient address syntax'),
  utf8NotDeclared: reply(553, '5.6.7', 'Address needs SMTPUTF8'),
  unknownParameter: reply(555, '5.5.4', 'Parameter not recognized'),
  relayDenied: reply(550, '5.7.1', 'Recipient is not handled here'),
  tooBig: reply(552, '5.3.4', 'Message too big'),
  bareLineEnds: reply(550, '5.6.0', 'Lines of a message end with CR LF'),
  headerTooLong: reply(550, '5.6.0', 'Header too long'),
  loop: reply(554, '5.4.6', 'Routing loop detected'),
} as const satisfies Record<string, Reply>;
