/** The methods our user agents answer, as the Allow header has them. RFC 3261 §20.5. */
export const ALLOWED = 'INVITE, ACK, CANCEL, BYE, OPTIONS'
