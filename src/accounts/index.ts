export { type Account, findAccounts, findUsers, listMemberships, type Membership, type User } from './find-people.ts'
export { AdminPasswordMissing, createFirstOwner, type FirstOwner } from './first-owner.ts'
export { findSession, isSessionToken, type Session, type SessionLimits } from './session.ts'
export { type SignedIn, type SignIn, signIn, signOut } from './sign-in.ts'
