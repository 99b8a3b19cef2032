import type { SignedIn } from "../api/session.ts";
import { Dialog } from "../parts/dialog.tsx";
import { ProjectForm } from "./project-form.tsx";

interface ProjectDialogProps {
  readonly session: SignedIn;
  readonly projectId: string;
  readonly onClose: () => void;
}

export const ProjectDialog = ({ session, projectId, onClose }: ProjectDialogProps) => (
  <Dialog title="Switch project" onEscape={onClose}>
    <div class="dialog-body">
      <ProjectForm session={session} projectId={projectId} onOpened={onClose}>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </ProjectForm>
    </div>
  </Dialog>
);
