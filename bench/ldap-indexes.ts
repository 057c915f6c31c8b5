/** The same indexes for all, in slapd's words. */
export const indexes = [
  'objectClass eq',
  'uid eq',
  'mail eq',
  'entryUUID eq',
  'entryCSN eq',
  'cn eq,sub',
  'supannAliasLogin eq',
  'supannMailPerso eq',
  'eduPersonPrincipalName eq',
] as const
