import type { Texts } from './texts.ts'

/** What each failure says in French; `wait` puts seconds into words. */
export function failuresFr(wait: (seconds: number) => string): Texts['failures'] {
  return {
    KEY_REFUSED: () => ({
      title: 'Ce numéro et cette clef ne vont pas ensemble',
      body: [
        'Relisez les deux sur votre courriel ou votre carte. Attention aux signes qui se ressemblent : B et 8, S et 5, Z et 2.',
        'Si vous avez reçu plusieurs courriels, prenez la clef du dernier. Si cela ne suffit pas, votre faculté peut vous donner votre clef.',
      ],
    }),
    KEY_USED: () => ({
      title: 'Cette clef a déjà servi : votre compte existe',
      body: [
        'Connectez-vous avec votre numéro d’étudiant et le mot de passe choisi alors. Si vous l’avez oublié, demandez un lien pour en choisir un autre.',
        'Si ce n’est pas vous qui avez activé ce compte, prévenez votre faculté sans attendre.',
      ],
    }),
    KEY_REPLACED: () => ({
      title: 'Cette clef a été remplacée',
      body: [
        'Une clef plus récente vous a été attribuée ; celle-ci ne fonctionne plus. Cherchez-la dans votre dernier courriel, ou demandez-la à votre faculté.',
      ],
    }),
    RIGHT_MISSING: () => ({
      title: 'Aucune inscription en cours à votre numéro',
      body: [
        'Il faut une inscription pour l’année en cours. Votre clef reste la vôtre : elle fonctionnera dès que l’inscription sera enregistrée.',
        'Si vous êtes bien inscrit, demandez à votre scolarité où en est votre dossier.',
      ],
    }),
    ADDRESS_SHARED: () => ({
      title: 'Votre adresse personnelle est aussi celle d’un autre étudiant',
      body: [
        'Quand plusieurs étudiants, d’une même famille par exemple, ont donné la même adresse, aucun ne peut créer son identité numérique ni changer son mot de passe : nous ne saurions pas à qui nous écrivons.',
        'Créez-vous une adresse qui ne soit qu’à vous, puis demandez à votre service d’inscription de la saisir dans votre dossier, au champ « Coordonnées électroniques personnelles ». Votre clef fonctionnera alors.',
      ],
    }),
    ADDRESS_INSTITUTIONAL: () => ({
      title: 'C’est une adresse de l’université',
      body: [
        'Le lien ne peut partir qu’à votre adresse personnelle : sans mot de passe, vous ne pourriez pas lire le courrier de l’université.',
        'Indiquez l’adresse donnée à l’inscription. Si votre dossier n’en contient pas, votre service de scolarité peut en ajouter une.',
      ],
    }),
    TOO_MANY_ATTEMPTS: ({ retryAfterSeconds }) => ({
      title: 'Trop d’essais de suite',
      body: [
        retryAfterSeconds === null
          ? 'Patientez quelques minutes, puis réessayez.'
          : `Réessayez dans ${wait(retryAfterSeconds)}.`,
        'Rien n’est bloqué et votre clef ou votre lien reste valable. Vous pouvez aussi essayer depuis une autre connexion, par exemple celle de votre téléphone.',
      ],
    }),
    TOKEN_REFUSED: () => ({
      title: 'Ce lien ne fonctionne plus',
      body: [
        'Un lien vaut 12 heures, ne sert qu’une fois, et s’éteint dès qu’un plus récent est demandé. Si vous avez plusieurs courriels, prenez le dernier.',
        'Si vous venez de choisir un mot de passe, essayez-le : il est peut-être déjà enregistré. Sinon, demandez un nouveau lien.',
      ],
    }),
    PASSWORD_REFUSED: () => ({
      title: 'Ce mot de passe ne convient pas',
      body: ['Rien n’a été changé. Choisissez-en un autre.'],
    }),
    PROGRESS_UNKNOWN: () => ({
      title: 'Ce suivi n’existe pas ou n’existe plus',
      body: [
        'Une page de suivi se garde 7 jours. Passé ce délai, votre compte est prêt : essayez de vous connecter.',
      ],
    }),
    REQUEST_INVALID: () => ({
      title: 'La demande n’a pas été comprise',
      body: ['Rien n’a été fait. Vérifiez ce que vous avez saisi, rechargez la page, puis recommencez.'],
    }),
    UNAVAILABLE: ({ retryAfterSeconds }) => ({
      title: 'Le service est momentanément indisponible',
      body: [
        'Rien n’a été fait, et rien n’est perdu : clef et lien restent valables.',
        retryAfterSeconds === null
          ? 'Réessayez dans quelques minutes.'
          : `Réessayez dans ${wait(retryAfterSeconds)}.`,
      ],
    }),
    NETWORK_LOST: () => ({
      title: 'La connexion a été perdue',
      body: [
        'Vérifiez votre accès à internet, puis réessayez. Vous ne risquez rien : une demande déjà reçue n’est pas faite deux fois.',
      ],
    }),
    UNEXPECTED: () => ({
      title: 'Quelque chose d’imprévu s’est produit',
      body: [
        'Ce n’est pas de votre fait. Réessayez dans un moment ; si cela dure, signalez-le à votre faculté.',
      ],
    }),
  }
}
