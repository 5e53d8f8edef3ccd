import { SunMoon } from 'lucide-react'
import { IconButton } from '../parts/button.tsx'
import { Menu, MenuChoice } from '../parts/menu.tsx'
import { useTheme } from './theme.ts'

/** Light, dark, or as the system is. */
export function ThemeMenu() {
  const [theme, setTheme] = useTheme()
  return (
    <Menu
      trigger={
        <IconButton label="Theme" size="small">
          <SunMoon size={16} strokeWidth={1.75} />
        </IconButton>
      }
    >
      <MenuChoice
        label="Theme"
        value={theme}
        onChange={setTheme}
        options={[
          ['system', 'As the system'],
          ['light', 'Light'],
          ['dark', 'Dark'],
        ]}
      />
    </Menu>
  )
}
