/** The key was created by an earlier attempt whose answer never came: nobody has its secret, and nobody ever will. */
import type { ApiKey } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Notice } from "../parts/notice.tsx";

export const LostKeyDialog = ({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) => (
  <Dialog title="The key cannot be shown" onEscape={onClose}>
    <div class="dialog-body">
      <Notice tone="warning" title={`${apiKey.displayName} was created, but its answer was lost on the way`}>
        A complete key is sent only once, so nobody has this one. Delete {apiKey.keyId}, and create another
        with “Create a copy”.
      </Notice>
    </div>
    <div class="dialog-foot actions end">
      <button type="button" class="primary" onClick={onClose}>
        Show it in the table
      </button>
    </div>
  </Dialog>
);
