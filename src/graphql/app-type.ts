import type { App, AppKey, Secret } from '../apps/index.ts'
import { builder } from './builder.ts'

/** Apart from their fields, because apps, secrets, actors and events all refer to one another. */
/** `nameOnly`: shown by an event to a caller who may read the history but not apps: its id, client id and name. */
export type ShownApp = App & { nameOnly?: boolean }
export const AppRef = builder.objectRef<ShownApp>('App')
export const SecretRef = builder.objectRef<Secret>('Secret')
export const AppKeyRef = builder.objectRef<AppKey>('AppKey')
export const AppStatusRef = builder.enumType('AppStatus', {
  description: 'DISABLED: no tokens are issued, and those out there count as inactive until it is ACTIVE again.',
  values: ['ACTIVE', 'DISABLED'] as const,
})
export const GraceStartRef = builder.enumType('GraceStart', {
  values: {
    NOW: { description: 'The grace period starts with the rotation.' },
    FIRST_USE: {
      description:
        'It starts when the new secret is first used, so that a slow roll-out breaks nobody; 30 days after the rotation at the latest.',
    },
  } as const,
})
