import { covered, defender, type AccessibilityTexts } from './accessibility.ts'

export const accessibilityFr: AccessibilityTexts = {
  title: 'Déclaration d’accessibilité',
  sections: [
    {
      title: 'Engagement',
      body: [
        'Sorbonne Université s’engage à rendre ses services numériques accessibles, conformément à l’article 47 de la loi n° 2005-102 du 11 février 2005.',
        `Cette déclaration s’applique au service « Votre identité numérique » (${covered}).`,
      ],
    },
    {
      title: 'État de conformité',
      body: [
        '« Votre identité numérique » n’est pas conforme au référentiel général d’amélioration de l’accessibilité (RGAA), version 4.1 : aucun audit n’a encore été mené.',
      ],
    },
    {
      title: 'Résultats des tests',
      body: [
        'En l’absence d’audit, aucun taux de conformité n’est publié. Chaque version passe des contrôles automatiques et se parcourt au clavier ; ces contrôles ne remplacent pas un audit.',
      ],
    },
    {
      title: 'Contenus non accessibles',
      body: [
        'Aucun contenu inaccessible n’est connu à ce jour. L’audit dira ce qui nous a échappé, et cette page le publiera.',
      ],
    },
    {
      title: 'Établissement de cette déclaration',
      body: ['Cette déclaration provisoire a été établie en novembre 2026.', 'Technologies utilisées :'],
      list: ['HTML5', 'CSS', 'JavaScript', 'WAI-ARIA'],
    },
  ],
  contactsTitle: 'Retour d’information et contact',
  contactsLead:
    'Si un contenu ou une démarche vous est inaccessible, écrivez-nous : nous vous orienterons vers une solution ou vous donnerons l’information sous une autre forme.',
  remedyTitle: 'Voies de recours',
  remedyLead:
    'Vous nous avez signalé un défaut qui vous empêche d’utiliser ce service et vous n’avez pas reçu de réponse satisfaisante ? Vous pouvez :',
  remedies: [
    {
      words: 'écrire un message au Défenseur des droits :',
      href: defender.form,
      link: 'formulaire en ligne',
    },
    {
      words: 'contacter son délégué dans votre région :',
      href: defender.delegates,
      link: 'liste des délégués',
    },
    {
      words:
        'lui envoyer un courrier, gratuitement et sans timbre : Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07.',
      href: null,
      link: null,
    },
  ],
}
