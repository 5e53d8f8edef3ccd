import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { readAccessSearch } from './access/access-search.ts'
import { readAppSearch } from './app/app-search.ts'
import { readAppsSearch } from './apps/apps-search.ts'
import { readAuditSearch } from './audit/audit-search.ts'
import { readScopesSearch } from './scopes/scopes-search.ts'
import { NotFound } from './shell/not-found.tsx'

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  /** `to`: where to go on, a path of this console. `ended`: the session ended while a page was open. */
  validateSearch: ({ to, ended }: Record<string, unknown>): { to?: string; ended?: true } => ({
    ...(typeof to === 'string' && /^\/(?![/\\])/.test(to) && { to }),
    ...(ended === true && { ended }),
  }),
  component: lazyRouteComponent(() => import('./session/sign-in-page.tsx')),
})
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./session/invitation-page.tsx')),
})

const account = createRoute({
  getParentRoute: () => root,
  id: 'account',
  component: lazyRouteComponent(() => import('./shell/account-layout.tsx'), 'AccountLayout'),
})
const inAccount = () => account

const home = createRoute({
  getParentRoute: inAccount,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/apps', replace: true })
  },
})
const apps = createRoute({
  getParentRoute: inAccount,
  path: '/apps',
  validateSearch: readAppsSearch,
  component: lazyRouteComponent(() => import('./apps/apps-page.tsx')),
})
const createApp = createRoute({
  getParentRoute: inAccount,
  path: '/apps/new',
  component: lazyRouteComponent(() => import('./create-app/create-app-page.tsx')),
})
const app = createRoute({
  getParentRoute: inAccount,
  path: '/apps/$appId',
  validateSearch: readAppSearch,
  component: lazyRouteComponent(() => import('./app/app-page.tsx')),
})
const audit = createRoute({
  getParentRoute: inAccount,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('./audit/audit-page.tsx')),
})
const access = createRoute({
  getParentRoute: inAccount,
  path: '/access',
  validateSearch: readAccessSearch,
  component: lazyRouteComponent(() => import('./access/access-page.tsx')),
})
const members = createRoute({
  getParentRoute: inAccount,
  path: '/members',
  component: lazyRouteComponent(() => import('./members/members-page.tsx')),
})
const sessions = createRoute({
  getParentRoute: inAccount,
  path: '/sessions',
  component: lazyRouteComponent(() => import('./sessions/sessions-page.tsx')),
})
const scopes = createRoute({
  getParentRoute: inAccount,
  path: '/scopes',
  validateSearch: readScopesSearch,
  component: lazyRouteComponent(() => import('./scopes/scopes-page.tsx')),
})
const productScopes = createRoute({
  getParentRoute: inAccount,
  path: '/scopes/$product',
  validateSearch: readScopesSearch,
  component: lazyRouteComponent(() => import('./scopes/product-page.tsx')),
})

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    invitation,
    account.addChildren([home, apps, createApp, app, audit, access, members, sessions, scopes, productScopes]),
  ]),
  scrollRestoration: true,
  defaultPreload: 'intent',
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
