/** Addresses of the portal that stand in PDFs and mails; the portal serves these paths. */

const join = (portalUrl: string, path: string): string => `${portalUrl.replace(/\/+$/, '')}/${path}`;

/** Behind the reply button. */
export const answerAddress = (portalUrl: string, token: string): string => join(portalUrl, `answer/${token}`);

/** Where an invited partner chooses a password. */
export const registerAddress = (portalUrl: string, token: string): string =>
  join(portalUrl, `register/${token}`);
