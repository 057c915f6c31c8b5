import { minutesOf } from '../when.ts'
import { accessibilityEn } from './accessibility-en.ts'
import { failuresEn } from './failures-en.ts'
import type { Texts } from './texts.ts'

/** English, beside the French. Names that students will meet elsewhere stay French. */
export const en: Texts = {
  university: 'Sorbonne Université',
  service: 'Your digital identity',
  skip: 'Skip to content',
  languages: 'Page language',
  madeWith: 'Powered by',
  menu: {
    label: 'Pages of this service',
    activation: 'Activate my account',
    reset: 'Forgotten password',
    help: 'Help and contacts',
    accessibility: 'Accessibility: not compliant',
  },
  steps: {
    label: 'Steps',
    position: (now, of) => `Step ${now} of ${of}`,
    names: ['Your key', 'Password', 'Ready'],
  },
  card: {
    title: 'Student card',
    number: 'Student number',
    key: 'Activation key',
    login: 'Login',
    address: 'Email address',
    activated: 'Activated',
  },
  key: {
    title: 'Activate your account',
    lead: 'Have your student number and your activation key at hand. It takes two minutes.',
    number: 'Student number',
    numberHint: '7 or 8 digits',
    numberMissing: 'Enter your student number.',
    numberInvalid: 'A student number has 7 or 8 digits and no letter.',
    key: 'Activation key (or temporary code)',
    keyHint: '12 letters and digits; capitals, spaces and dashes do not matter',
    keyMissing: 'Enter your activation key.',
    keyCount: (typed, of) => `${typed} of ${of}`,
    submit: 'Continue',
    sending: 'Checking…',
    already: 'Is your account already active?',
    forgotten: 'Choose a new password',
    whereTitle: 'Where to find them',
    where: [
      'In the email “Activation de votre compte”, sent to your personal address the morning after you enrolled.',
      'On your student card, once it has been printed.',
      'None of these? Your faculty can give you the key once it has checked who you are.',
    ],
  },
  password: {
    title: 'Choose your password',
    lead: 'It will open your mailbox, the ENT and every service of the university.',
    label: 'New password',
    rule: '15 characters or more. A sentence only you know works very well: spaces and accents are welcome, and nothing obliges you to mix capitals, digits and signs.',
    reveal: 'Show',
    hide: 'Hide',
    revealed: 'The password is shown.',
    missing: 'Choose a password.',
    notYet: 'This password is not good enough yet; the reasons are under the field.',
    meter: 'Strength:',
    judging: 'checking…',
    unjudged: 'The strength could not be checked. You can go on: it will be checked when you send.',
    accepted: 'This password is good.',
    scores: ['very weak', 'weak', 'fair', 'good', 'very good'],
    reasons: {
      TOO_SHORT: 'Too short: add a word or two.',
      TOO_LONG: 'Too long: shorten it a little.',
      COMMON: 'Too common: it is among the first that anybody tries.',
      GUESSABLE: 'Too easy to guess: avoid sequences, repetitions and well-known phrases.',
      OWN_DATA: 'It contains your name, your number or something else that points to you.',
      NOT_TEXT: 'It contains a sign that is not text.',
    },
    count: (typed) => (typed === 1 ? '1 character' : `${typed} characters`),
    submitActivation: 'Activate my account',
    submitReset: 'Save this password',
    sending: 'Saving…',
    back: 'Back to the key',
  },
  done: {
    title: 'Your account is activated',
    lead: 'Here are your login and your address at the university. Keep them.',
    noAddressTitle: 'No personal address in your file',
    noAddress: [
      'Without one you will not be able to choose a new password if you forget this one.',
      'Ask your registrar’s office (service de scolarité) to add one to your file: an address that is yours alone, and not the university’s.',
    ],
    letters: (address) => `A confirmation is on its way to ${address}.`,
  },
  resetRequest: {
    title: 'Choose a new password',
    lead: 'We will send you a link, even if you no longer know the old password.',
    email: 'Your personal email address',
    emailHint: 'The one in your enrolment file, not the university’s',
    missing: 'Enter your personal email address.',
    invalid: 'This address is not complete. Example: firstname@example.org',
    submit: 'Send me the link',
    sending: 'Sending…',
    sentTitle: 'Check your inbox',
    sent: (address) =>
      `If the address ${address} is the one in your file, you will receive a link within a few minutes. It is valid for 12 hours and works once.`,
    nothingTitle: 'Nothing arrives?',
    nothing: [
      'Look in your spam folder.',
      'Check that this is the address you gave when you enrolled. If it has changed, or if your file has none, your registrar’s office can correct it.',
      'If a relative who is also a student gave the same address, no link can be sent: ask the enrolment office to enter one that is yours alone.',
      'If you never activated your account, start there, with your key.',
    ],
    again: 'Try another address',
    first: 'Activate my account',
  },
  reset: {
    title: 'Choose a new password',
    lead: 'It will replace the old one everywhere at the university within the hour.',
    checking: 'Checking the link…',
    checkAgain: 'Try again',
    noTokenTitle: 'Open the link in the email again',
    noToken: [
      'For your safety the link leaves the address bar as soon as it has been read, and this page no longer has it.',
      'Go back to the email and follow the link again: until you choose a password it stays valid for 12 hours.',
    ],
    doneTitle: 'Your password has been changed',
    done: 'It will work everywhere within the hour. The old one no longer does.',
    loginIs: 'Your login:',
  },
  progress: {
    title: 'How far is my account?',
    pageTitle: 'How far is my account?',
    pageLead: 'This page updates by itself. You can keep it and come back for 7 days.',
    loading: 'Reading the state of the account…',
    canSignIn: 'You can sign in now.',
    cannotYet: 'One moment: you can sign in as soon as the main directory is ready.',
    allDone: 'Everything is ready.',
    targets: {
      primary: 'Main directory',
      'paris-sorbonne': 'Paris-Sorbonne directory',
      upmc: 'UPMC directory',
      mailbox: 'Mailbox',
    },
    targetNotes: {
      primary: 'sign-in to the university’s services',
      'paris-sorbonne': 'older applications',
      upmc: 'older applications',
      mailbox: 'your Zimbra mail',
    },
    done: 'Done',
    pending: 'Under way',
    delayed: 'Late',
    doneAt: (when) => `ready at ${when}`,
    dueBy: (when) => `by ${when} at the latest`,
    lateSince: (when) => `was due by ${when}`,
    delayedNote: 'The delay is ours and will be made good by itself: there is nothing for you to do.',
    keep: 'Keep this progress page',
    stale: 'Updates are interrupted; we are trying again.',
  },
  links: {
    title: 'Your services',
    webmail: 'Webmail',
    ent: 'ENT of Paris-Sorbonne',
    entNote: 'open to everyone',
    entUpmc: 'ENT UPMC',
    entUpmcNote: 'through the UPMC CAS only; no longer maintained',
    cas: 'Sign in',
  },
  ask: {
    title: 'Whom to ask',
    intro: 'Turn to your faculty, with proof of identity. Never give your password to anyone.',
    none: 'Your registrar’s contact details are on the summary of your online enrolment.',
  },
  help: {
    title: 'Help and contacts',
    lead: 'The questions asked most often, then whom to contact.',
    contactsTitle: 'Whom to contact',
    contactsLead:
      'Your faculty can give you your key once it has checked who you are, or correct your address. Nobody can choose a password for you.',
    topics: [
      {
        question: 'I have not received my activation key',
        answer: [
          'It leaves the morning after your first enrolment, for the personal address in your file. Look in your spam folder too.',
          'It is also on your student card. Otherwise your faculty can give it to you; if your address is wrong, ask them to correct it.',
        ],
      },
      {
        question: 'I have forgotten my password',
        answer: [
          'Ask for a link with your personal address. It is valid for 12 hours; the new password works within the hour.',
          'You need an enrolment for the current year and, in your file, a personal address that is yours alone.',
        ],
      },
      {
        question: 'I was enrolled last year but never activated my account',
        answer: ['Your key is still the same: the one on your student card. Activate your account with it.'],
      },
      {
        question: 'I am coming back after a break in my studies',
        answer: [
          'If your account is closed, a new key leaves the morning after you enrol again, as it did the first time.',
        ],
      },
      {
        question: 'When will my account be ready?',
        answer: [
          'The mailbox and the account are made within 48 hours, a password works within one hour. It is often a matter of minutes, and the progress page shows it.',
        ],
      },
      {
        question: 'What is my address at the university?',
        answer: [
          'It is shown at the end of the activation and sent to you; you also find it in the webmail, where you can set forwarding to your personal address.',
        ],
      },
    ],
  },
  unknown: {
    title: 'This page does not exist',
    lead: 'The link may be incomplete. If it comes from an email, open it again from there.',
    home: 'Back to the start',
  },
  accessibility: accessibilityEn,
  toCorrect: 'To correct before going on',
  failures: failuresEn((seconds) => {
    const minutes = minutesOf(seconds)
    return minutes === 1 ? 'one minute' : `${minutes} minutes`
  }),
  remedies: {
    signIn: 'Sign in',
    reset: 'Ask for a new password link',
  },
}
