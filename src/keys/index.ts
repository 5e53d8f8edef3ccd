export { KeysSealed, openWorkingKeys, type WorkingKey, type WorkingKeys } from './working-keys.ts'
