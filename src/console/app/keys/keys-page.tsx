/** The page of a project: its keys, and what can be done with them. */
import { useState } from "preact/hooks";
import type { ApiKey } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import type { SignedIn } from "../api/session.ts";
import { CreateDialog } from "../create/create-dialog.tsx";
import { openProject, type Route, search } from "../model/route.ts";
import { Icon } from "../parts/icons.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { DetailsDialog } from "./details-dialog.tsx";
import { KeyTable, LoadingTable } from "./key-table.tsx";
import { NotThere } from "./not-there.tsx";
import { Pager } from "./pager.tsx";
import { SearchBox } from "./search-box.tsx";
import { isAnswerTo, type KeyList, useKeys } from "./use-keys.ts";
import { useSessionCheck } from "./use-session-check.ts";
import { useTurning } from "./use-turning.ts";

interface KeysPageProps {
  readonly session: SignedIn;
  readonly projectId: string;
  readonly route: Route;
  readonly onSignedOut: () => void;
}

type Open =
  | { readonly kind: "create"; readonly source: ApiKey | undefined }
  | { readonly kind: "delete" | "details"; readonly apiKey: ApiKey }
  | undefined;

export function KeysPage({ session, projectId, route, onSignedOut }: KeysPageProps) {
  const keys = useKeys({ ...route, projectId });
  const [open, setOpen] = useState<Open>();
  const [newKeyId, setNewKeyId] = useState<string>();
  // Not while a dialog is open: what is in it, a new key even, would be lost.
  const isSignedOut = keys.problem?.kind === "signed-out" && open === undefined;
  useSessionCheck({ keys, session, isSignedOut, onSignedOut });
  const close = () => setOpen(undefined);
  const onCreated = (keyId: string) => {
    close();
    setNewKeyId(keyId);
    openProject(projectId, "replace");
    keys.reload();
  };
  const onGivenUp = (mayHaveCreated: boolean) => {
    close();
    if (mayHaveCreated) keys.reload();
  };
  const isAdministrator = session.projects?.includes(projectId) ?? true;
  const canCreate = isAdministrator && keys.problem?.kind !== "not-administrator";
  const create = () => setOpen({ kind: "create", source: undefined });
  return (
    <main class="page keys">
      <div class="page-head">
        <div>
          <PageTitle>API keys</PageTitle>
          <p class="muted">They let applications call the API, with what each of them is allowed to do.</p>
        </div>
        {canCreate && (
          <button type="button" class="primary" onClick={create}>
            <Icon name="plus" />
            Create API Key
          </button>
        )}
      </div>
      {canCreate && (
        <SearchBox query={route.query} hadKey={route.hadKey} isBusy={keys.isFetching} onSearch={search} />
      )}
      <List
        keys={keys}
        route={route}
        newKeyId={newKeyId}
        session={session}
        onOpen={setOpen}
        onCreate={create}
      />
      {open?.kind === "create" && (
        <CreateDialog
          session={session}
          projectId={projectId}
          source={open.source}
          onCreated={onCreated}
          onClose={onGivenUp}
        />
      )}
      {open?.kind === "details" && (
        <DetailsDialog
          apiKey={open.apiKey}
          onClose={close}
          onCopy={() => setOpen({ kind: "create", source: open.apiKey })}
        />
      )}
      {open?.kind === "delete" && (
        <DeleteDialog
          apiKey={open.apiKey}
          session={session}
          onClose={close}
          onDeleted={() => keys.drop(open.apiKey.keyId)}
          onSignedOut={onSignedOut}
        />
      )}
    </main>
  );
}

interface ListProps {
  readonly keys: KeyList;
  readonly route: Route;
  readonly newKeyId: string | undefined;
  readonly session: SignedIn;
  readonly onOpen: (open: Open) => void;
  readonly onCreate: () => void;
}

function List({ keys, route, newKeyId, session, onOpen, onCreate }: ListProps) {
  const { page, problem, isFetching, reload } = keys;
  const { table, turn } = useTurning(isFetching);
  const isEmpty = page?.apiKeys.length === 0;
  // An empty page of what was asked before says nothing of what is asked now.
  if (problem || (isEmpty && isAnswerTo(page, route))) {
    return (
      <NotThere problem={problem} route={route} session={session} onRetry={reload} onCreate={onCreate} />
    );
  }
  if (page === undefined || isEmpty) return <LoadingTable />;
  return (
    <>
      <KeyTable
        apiKeys={page.apiKeys}
        tableRef={table}
        isStale={isFetching && page.isWhole}
        newKeyId={newKeyId}
        onDetails={(apiKey) => onOpen({ kind: "details", apiKey })}
        onCopy={(apiKey) => onOpen({ kind: "create", source: apiKey })}
        onDelete={(apiKey) => onOpen({ kind: "delete", apiKey })}
      />
      <Pager route={route} page={page} isFetching={isFetching} onTurn={turn} />
    </>
  );
}
