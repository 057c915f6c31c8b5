import type { Texts } from './texts.ts'

/** What each failure says in English; `wait` puts seconds into words. */
export function failuresEn(wait: (seconds: number) => string): Texts['failures'] {
  return {
    KEY_REFUSED: () => ({
      title: 'This number and this key do not match',
      body: [
        'Read both again from your email or your card. Some signs look alike: B and 8, S and 5, Z and 2.',
        'If you received several emails, use the key in the latest. If that is not enough, your faculty can give you your key.',
      ],
    }),
    KEY_USED: () => ({
      title: 'This key has been used: your account exists',
      body: [
        'Sign in with your student number and the password chosen then. If you have forgotten it, ask for a link to choose another.',
        'If it was not you who activated this account, tell your faculty at once.',
      ],
    }),
    KEY_REPLACED: () => ({
      title: 'This key has been replaced',
      body: [
        'You have been given a newer key, and this one no longer works. Look for it in your latest email, or ask your faculty for it.',
      ],
    }),
    RIGHT_MISSING: () => ({
      title: 'No current enrolment under your number',
      body: [
        'You need an enrolment for the current year. Your key stays yours: it will work as soon as the enrolment is recorded.',
        'If you are enrolled, ask your registrar’s office where your file stands.',
      ],
    }),
    ADDRESS_SHARED: () => ({
      title: 'Another student has the same personal address',
      body: [
        'When several students, of one family for example, gave the same address, none of them can create a digital identity or change a password: we could not tell whom we are writing to.',
        'Get an address that is yours alone, then ask the enrolment office to enter it in your file, in the field “Coordonnées électroniques personnelles”. Your key will then work.',
      ],
    }),
    ADDRESS_INSTITUTIONAL: () => ({
      title: 'This is an address of the university',
      body: [
        'The link can only go to your personal address: without a password you could not read your university mail.',
        'Enter the address you gave when you enrolled. If your file has none, your registrar’s office can add one.',
      ],
    }),
    TOO_MANY_ATTEMPTS: ({ retryAfterSeconds }) => ({
      title: 'Too many attempts in a row',
      body: [
        retryAfterSeconds === null
          ? 'Wait a few minutes, then try again.'
          : `Try again in ${wait(retryAfterSeconds)}.`,
        'Nothing is locked and your key or link is still valid. You can also try from another connection, such as your phone’s.',
      ],
    }),
    TOKEN_REFUSED: () => ({
      title: 'This link no longer works',
      body: [
        'A link lasts 12 hours, works once, and ends as soon as a newer one is asked for. If you have several emails, use the latest.',
        'If you have just chosen a password, try it: it may already be saved. Otherwise, ask for a new link.',
      ],
    }),
    PASSWORD_REFUSED: () => ({
      title: 'This password is not accepted',
      body: ['Nothing has been changed. Choose another one.'],
    }),
    PROGRESS_UNKNOWN: () => ({
      title: 'This progress page does not exist, or no longer does',
      body: ['A progress page is kept for 7 days. After that your account is ready: try to sign in.'],
    }),
    REQUEST_INVALID: () => ({
      title: 'The request was not understood',
      body: ['Nothing has been done. Check what you typed, reload the page, then start again.'],
    }),
    UNAVAILABLE: ({ retryAfterSeconds }) => ({
      title: 'The service is unavailable for the moment',
      body: [
        'Nothing has been done and nothing is lost: key and link stay valid.',
        retryAfterSeconds === null
          ? 'Try again in a few minutes.'
          : `Try again in ${wait(retryAfterSeconds)}.`,
      ],
    }),
    NETWORK_LOST: () => ({
      title: 'The connection was lost',
      body: [
        'Check your internet access, then try again. There is no risk: a request that was already received is not carried out twice.',
      ],
    }),
    UNEXPECTED: () => ({
      title: 'Something unforeseen happened',
      body: ['It is not your doing. Try again in a moment; if it lasts, tell your faculty.'],
    }),
  }
}
