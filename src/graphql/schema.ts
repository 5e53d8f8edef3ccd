import './scalars.ts'
import './errors.ts'
import './actor.ts'
import './scope.ts'
import './app.ts'
import './secret.ts'
import './secret-lifecycle.ts'
import './app-key.ts'
import './audit-event.ts'
import './audit-feed.ts'
import './viewer.ts'
import './account.ts'
import './member.ts'
import './invitation.ts'
import './session.ts'
import { builder } from './builder.ts'

/** The API's schema. The files above add their part of it when they are imported. */
export const schema = builder.toSchema()
