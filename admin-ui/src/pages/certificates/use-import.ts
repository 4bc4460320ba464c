/** Imports files one after the other: stops where a password is asked for, and goes on from there. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, isApiError } from '../../api/client.ts';
import type { ImportReport } from '../../api/types.ts';
import { fileAsBase64 } from '../../parts/save-file.ts';

const FILE_BYTES_MAX = 10 * 1024 * 1024; // The server takes no more.

export interface FileReport {
  readonly fileName: string;
  readonly report: ImportReport;
}

export function useImport() {
  const client = useQueryClient();
  const [waiting, setWaiting] = useState<readonly File[]>([]);
  const [reports, setReports] = useState<readonly FileReport[]>([]);
  const importing = useMutation({
    mutationFn: async ({ files, password }: { files: readonly File[]; password: string }) => {
      for (const [index, file] of files.entries()) {
        setWaiting(files.slice(index));
        const base64 = await fileAsBase64(file);
        const report = await api.certificates.import.mutate({ fileName: file.name, base64, password });
        setReports((all) => [...all, { fileName: file.name, report }]);
      }
      setWaiting([]);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['certificates'] }),
  });
  const refusal = isApiError(importing.error) ? importing.error.data?.refusal : null;
  const reset = (): void => {
    setReports([]);
    setWaiting([]);
    importing.reset();
  };
  return {
    reports,
    reset,
    isPending: importing.isPending,
    /** The file whose password is wanted. */
    asksPasswordOf: refusal === 'wrong-password' ? (waiting[0] ?? null) : null,
    /** What else went wrong. */
    error: refusal === 'wrong-password' ? null : importing.error,
    tooBig: waiting.find((file) => file.size > FILE_BYTES_MAX) ?? null,
    take(files: readonly File[]): void {
      reset();
      setWaiting(files);
      if (files.length > 0 && files.every((file) => file.size <= FILE_BYTES_MAX)) {
        importing.mutate({ files, password: '' });
      }
    },
    goOn(password: string): void {
      importing.mutate({ files: waiting, password });
    },
  };
}
