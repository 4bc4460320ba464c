/** OpenPGP, loaded when it is first used: ten megabytes that a gateway can do without while nobody works on its keys. */
export const openPgpKeys = () => import('#node/crypto/openpgp/public-key.ts');
export const openPgpEquipment = () => import('#node/ca/equip-openpgp.ts');
