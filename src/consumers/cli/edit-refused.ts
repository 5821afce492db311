/** The command cannot be carried out. The message is for the operator. */
export class EditRefused extends Error {}
