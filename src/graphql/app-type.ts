import type { App, Secret } from '../apps/index.ts'
import { builder } from './builder.ts'

/** Apart from their fields, because apps, secrets, actors and events all refer to one another. */
export const AppRef = builder.objectRef<App>('App')
export const SecretRef = builder.objectRef<Secret>('Secret')
export const AppStatusRef = builder.enumType('AppStatus', {
  description: 'DISABLED: no tokens are issued, and those out there count as inactive until it is ACTIVE again.',
  values: ['ACTIVE', 'DISABLED'] as const,
})
