/** NOTIFY goes by it. */
export const channel = 'matricule'
