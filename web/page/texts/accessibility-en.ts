import { covered, defender, type AccessibilityTexts } from './accessibility.ts'

export const accessibilityEn: AccessibilityTexts = {
  title: 'Accessibility statement',
  sections: [
    {
      title: 'Commitment',
      body: [
        'Sorbonne Université undertakes to make its digital services accessible, in accordance with article 47 of French law no. 2005-102 of 11 February 2005.',
        `This statement applies to the service “Your digital identity” (${covered}).`,
      ],
    },
    {
      title: 'Compliance status',
      body: [
        '“Your digital identity” is not compliant with the French accessibility guidelines (RGAA), version 4.1: no audit has been carried out yet.',
      ],
    },
    {
      title: 'Test results',
      body: [
        'Without an audit no rate of compliance is published. Each version goes through automatic checks and can be used with a keyboard alone; such checks do not replace an audit.',
      ],
    },
    {
      title: 'Content that is not accessible',
      body: [
        'We know of no inaccessible content to date. The audit will tell what we have missed, and this page will say so.',
      ],
    },
    {
      title: 'About this statement',
      body: ['This provisional statement was drawn up in November 2026.', 'Technologies used:'],
      list: ['HTML5', 'CSS', 'JavaScript', 'WAI-ARIA'],
    },
  ],
  contactsTitle: 'Feedback and contact',
  contactsLead:
    'If you cannot reach some content or complete a step, write to us: we will point you to a solution or give you the information in another form.',
  remedyTitle: 'If you get no answer',
  remedyLead:
    'You told us about a fault that keeps you from using this service, and the answer was not satisfactory? You can:',
  remedies: [
    {
      words: 'write to the Défenseur des droits (the French ombudsman):',
      href: defender.form,
      link: 'online form',
    },
    { words: 'contact the delegate in your region:', href: defender.delegates, link: 'list of delegates' },
    {
      words:
        'send a letter, free of charge and without a stamp: Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07, France.',
      href: null,
      link: null,
    },
  ],
}
