import {
  Archive,
  ArrowUp,
  Ban,
  Bell,
  Check,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  ChevronUp,
  CircleAlert,
  CircleDashed,
  CircleStop,
  Clock,
  Copy,
  Cpu,
  Download,
  Ellipsis,
  ExternalLink,
  File,
  GitBranch,
  Hand,
  List,
  LoaderCircle,
  Maximize2,
  Menu,
  Minimize2,
  PanelRight,
  Paperclip,
  Pencil,
  Pin,
  Plug,
  Plus,
  RefreshCw,
  Search,
  Settings,
  Square,
  SquareDashed,
  TriangleAlert,
  Unplug,
  Users,
  X,
} from "lucide-react";

const GLYPHS = {
  archive: Archive,
  send: ArrowUp,
  ban: Ban,
  bell: Bell,
  check: Check,
  down: ChevronDown,
  left: ChevronLeft,
  right: ChevronRight,
  up: ChevronUp,
  warn: CircleAlert,
  dashed: CircleDashed,
  killed: CircleStop,
  clock: Clock,
  copy: Copy,
  cpu: Cpu,
  save: Download,
  more: Ellipsis,
  external: ExternalLink,
  file: File,
  branch: GitBranch,
  hand: Hand,
  list: List,
  run: LoaderCircle,
  expand: Maximize2,
  shrink: Minimize2,
  menu: Menu,
  clip: Paperclip,
  panel: PanelRight,
  pen: Pencil,
  pin: Pin,
  plug: Plug,
  plus: Plus,
  refresh: RefreshCw,
  find: Search,
  gear: Settings,
  stop: Square,
  stopping: SquareDashed,
  error: TriangleAlert,
  lost: Unplug,
  people: Users,
  close: X,
} as const;

export type GlyphName = keyof typeof GLYPHS;

interface Props {
  name: GlyphName;
  className?: string;
}

/** A 16 px sign. It always accompanies words, so it is hidden from screen readers. */
export function Glyph({ name, className = "" }: Props) {
  const Icon = GLYPHS[name];
  const motion = name === "run" ? "spin" : "";
  const fill = name === "stop" ? "filled" : "";
  return (
    <Icon
      aria-hidden="true"
      size={16}
      strokeWidth={1.4}
      absoluteStrokeWidth
      className={`i ${motion} ${fill} ${className}`}
    />
  );
}
