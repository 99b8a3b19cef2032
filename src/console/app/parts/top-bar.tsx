import { useState } from "preact/hooks";
import type { SignedIn } from "../api/session.ts";
import { ProjectDialog } from "../sign-in/project-dialog.tsx";
import { Icon, Logo } from "./icons.tsx";

interface TopBarProps {
  readonly session: SignedIn;
  readonly projectId: string;
  readonly onSignOut: () => void;
}

export function TopBar({ session, projectId, onSignOut }: TopBarProps) {
  const [isSwitching, setSwitching] = useState(false);
  const canSwitch = session.projects?.length !== 0;
  return (
    <header class="top-bar">
      <span class="brand">
        <Logo />
        <span class="brand-name">Keyfast</span>
      </span>
      {projectId !== "" && !canSwitch && <span class="project-name">{projectId}</span>}
      {projectId !== "" && canSwitch && (
        <button
          type="button"
          class="quiet project-button"
          aria-label={`Project ${projectId}. Switch project`}
          onClick={() => setSwitching(true)}
        >
          <span class="project-name">{projectId}</span>
          <Icon name="swap" />
        </button>
      )}
      <span class="spacer" />
      <span class="who" title={session.caller}>
        <span class="visually-hidden">Signed in as </span>
        {session.label}
      </span>
      <button type="button" class="quiet sign-out" onClick={onSignOut}>
        <Icon name="leave" />
        <span class="wide-only">Sign out</span>
      </button>
      {isSwitching && (
        <ProjectDialog session={session} projectId={projectId} onClose={() => setSwitching(false)} />
      )}
    </header>
  );
}
