/** Signed in, but to no project yet. */
import type { SignedIn } from "../api/session.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { StatePanel } from "../parts/state-panel.tsx";
import { ProjectForm } from "./project-form.tsx";

export const NO_PROJECT = "You are not an administrator of any project";

export const ProjectPage = ({ session }: { session: SignedIn }) => (
  <main class="page">
    {session.projects?.length === 0 ? (
      <StatePanel
        icon="info"
        title={NO_PROJECT}
        advice={`You are signed in as ${session.label}. Only administrators can see and manage a project's API keys. Ask one of them for access, then sign in again.`}
      />
    ) : (
      <div class="card">
        <PageTitle>Choose a project</PageTitle>
        <ProjectForm session={session} projectId="" onOpened={() => {}} />
      </div>
    )}
  </main>
);
