import styles from './mark.module.css'

export type MarkShape =
  | 'created'
  | 'updated'
  | 'rotated'
  | 'rotation-undone'
  | 'ended'
  | 'switched-off'
  | 'key'
  | 'failed'
  | 'session'
  | 'sealed'
  | 'next'
  | 'not-connected'

/** What an event is, by its type: shape first, colour second. A type that this build does not know is a ring. */
export function shapeOf(type: string): MarkShape {
  return SHAPES[type] ?? 'updated'
}

const SHAPES: Record<string, MarkShape> = {
  ACCOUNT_CREATED: 'created',
  APP_CREATED: 'created',
  MEMBER_ADDED: 'created',
  MEMBER_INVITED: 'created',
  SECRET_ROTATED: 'rotated',
  SECRET_ROTATION_UNDONE: 'rotation-undone',
  SECRET_GRACE_STARTED: 'rotation-undone',
  APP_DELETED: 'ended',
  SECRET_REVOKED: 'ended',
  SECRET_EXPIRED: 'ended',
  MEMBER_REMOVED: 'ended',
  INVITATION_REVOKED: 'ended',
  TOKENS_REVOKED: 'ended',
  TOKEN_REVOKED: 'ended',
  AUDIT_TRIMMED: 'ended',
  SECRET_DISABLED: 'switched-off',
  KEY_ADDED: 'key',
  KEY_REMOVED: 'key',
  PASSWORD_CHANGED: 'key',
  SIGN_IN_FAILED: 'failed',
  SIGNED_IN: 'session',
  SIGNED_OUT: 'session',
  SESSION_REVOKED: 'session',
}

const DRAWINGS: Record<MarkShape, React.ReactNode> = {
  created: <circle cx="7" cy="7" r="4.4" className={styles.ink} />,
  updated: <circle cx="7" cy="7" r="3.6" strokeWidth="1.8" className={styles.ink2Line} />,
  rotated: <path d="M7 1.6 12.4 7 7 12.4 1.6 7Z" className={styles.grace} />,
  'rotation-undone': <path d="M7 2.4 11.6 7 7 11.6 2.4 7Z" strokeWidth="1.7" className={styles.graceLine} />,
  ended: <rect x="2.6" y="2.6" width="8.8" height="8.8" rx="1" className={styles.danger} />,
  'switched-off': (
    <rect x="3.3" y="3.3" width="7.4" height="7.4" rx="1" strokeWidth="1.7" className={styles.dangerLine} />
  ),
  key: (
    <>
      <circle cx="7" cy="7" r="4.6" strokeWidth="1.8" className={styles.accentLine} />
      <circle cx="7" cy="7" r="1.8" className={styles.accent} />
    </>
  ),
  failed: <path d="M3.4 3.4l7.2 7.2M10.6 3.4l-7.2 7.2" strokeWidth="2.2" className={styles.dangerLine} />,
  session: <path d="M3.5 7h7" strokeWidth="2.2" className={styles.ink3Line} />,
  sealed: (
    <path
      d="M7.0 0.6L8.6 2.1L10.8 1.8L11.2 3.9L13.1 5.0L12.2 7.0L13.1 9.0L11.2 10.1L10.8 12.2L8.6 11.9L7.0 13.4L5.4 11.9L3.2 12.2L2.8 10.1L0.9 9.0L1.8 7.0L0.9 5.0L2.8 3.9L3.2 1.8L5.4 2.1Z"
      className={styles.live}
    />
  ),
  next: <circle cx="7" cy="7" r="3.8" strokeWidth="1.8" className={styles.liveLine} />,
  'not-connected': (
    <circle cx="7" cy="7" r="3.6" strokeWidth="1.8" strokeDasharray="3.4 3.2" className={styles.graceLine} />
  ),
}

/** A mark on the rail, 13 px on a disc of its row's background. Hidden from screen readers: the row says it in words. */
export function Mark({ shape }: { shape: MarkShape }) {
  return (
    <svg className={styles.mark} viewBox="0 0 14 14" width="13" height="13" aria-hidden="true">
      {DRAWINGS[shape]}
    </svg>
  )
}

/** The sign of Chatelaine: a ring and three links. */
export function Emblem({ size = 24 }: { size?: number }) {
  return (
    <svg className={styles.emblem} viewBox="0 0 24 24" width={size} height={size} fill="none" aria-hidden="true">
      <circle cx="12" cy="6.5" r="4.75" strokeWidth="2" />
      <path d="M12 16v2.4M12 20.5v2" strokeWidth="2.6" strokeLinecap="round" />
      <path d="M12 11.5v2.4" strokeWidth="2.6" strokeLinecap="round" className={styles.accentLink} />
    </svg>
  )
}
