/** Object identifiers of the controls, extended operations and features that the house knows. */
export const control = {
  /** RFC 2696. */
  pagedResults: '1.2.840.113556.1.4.319',
  /** RFC 2891 §1.1. */
  sortRequest: '1.2.840.113556.1.4.473',
  /** RFC 2891 §1.2. */
  sortResponse: '1.2.840.113556.1.4.474',
  /** RFC 4528. */
  assertion: '1.3.6.1.1.12',
  /** RFC 4527. */
  preRead: '1.3.6.1.1.13.1',
  /** RFC 4527. */
  postRead: '1.3.6.1.1.13.2',
  /** RFC 3296. */
  manageDsaIt: '2.16.840.1.113730.3.4.2',
  /** RFC 4533 §2.2. */
  syncRequest: '1.3.6.1.4.1.4203.1.9.1.1',
  /** RFC 4533 §2.3. */
  syncState: '1.3.6.1.4.1.4203.1.9.1.2',
  /** RFC 4533 §2.4. */
  syncDone: '1.3.6.1.4.1.4203.1.9.1.3',
  /** RFC 4370. */
  proxiedAuthorization: '2.16.840.1.113730.3.4.18',
} as const

export const extension = {
  /** RFC 4532. */
  whoAmI: '1.3.6.1.4.1.4203.1.11.3',
  /** RFC 3062. */
  passwordModify: '1.3.6.1.4.1.4203.1.11.1',
  /** RFC 4511 §4.14. */
  startTls: '1.3.6.1.4.1.1466.20037',
  /** RFC 4511 §4.4.1. */
  noticeOfDisconnection: '1.3.6.1.4.1.1466.20036',
  /** RFC 3909. */
  cancel: '1.3.6.1.1.8',
  /** RFC 4533 §2.5. */
  syncInfo: '1.3.6.1.4.1.4203.1.9.1.4',
} as const

export const feature = {
  /** RFC 4525. */
  modifyIncrement: '1.3.6.1.1.14',
  /** RFC 3673: `+`. */
  allOperationalAttributes: '1.3.6.1.4.1.4203.1.5.1',
  /** RFC 4529: `@class`. */
  attributesByObjectClass: '1.3.6.1.4.1.4203.1.5.2',
  /** RFC 4526: `(&)` and `(|)`. */
  absoluteFilters: '1.3.6.1.4.1.4203.1.5.3',
} as const
