import { Link } from '@tanstack/react-router'
import { Door, DoorMark } from '../session/door.tsx'

export function NotFound() {
  return (
    <Door>
      <DoorMark shape="failed">
        <p>There is no page at this address.</p>
      </DoorMark>
      <DoorMark shape="next">
        <Link to="/apps">Apps</Link>
      </DoorMark>
    </Door>
  )
}
