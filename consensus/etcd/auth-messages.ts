/** Messages of etcd's users, roles and permissions (etcdserverpb.Auth, authpb), the part that we use. */
import { type Method, type ResponseHeader, readHeaderOnly } from './method.ts';
import { encode, flag, integer, message, text } from './protobuf.ts';

const PERMISSION_TYPE = { read: 0, write: 1, 'read-write': 2 } as const; // authpb.Permission.Type

export interface Permission {
  readonly access: keyof typeof PERMISSION_TYPE;
  readonly key: string;
  /** Without it, the one key. */
  readonly end?: string;
}

type Named = { readonly name: string };

/** A user without a password: known by the common name of its client certificate only. */
export const USER_ADD: Method<Named, ResponseHeader> = {
  path: '/etcdserverpb.Auth/UserAdd',
  encode: ({ name }) => encode([text(1, name), message(3, [flag(1, true)])]),
  decode: readHeaderOnly,
};

export const USER_DELETE: Method<Named, ResponseHeader> = {
  path: '/etcdserverpb.Auth/UserDelete',
  encode: ({ name }) => encode([text(1, name)]),
  decode: readHeaderOnly,
};

export const USER_GRANT_ROLE: Method<{ readonly user: string; readonly role: string }, ResponseHeader> = {
  path: '/etcdserverpb.Auth/UserGrantRole',
  encode: ({ user, role }) => encode([text(1, user), text(2, role)]),
  decode: readHeaderOnly,
};

export const ROLE_ADD: Method<Named, ResponseHeader> = {
  path: '/etcdserverpb.Auth/RoleAdd',
  encode: ({ name }) => encode([text(1, name)]),
  decode: readHeaderOnly,
};

export const ROLE_DELETE: Method<Named, ResponseHeader> = {
  path: '/etcdserverpb.Auth/RoleDelete',
  encode: ({ name }) => encode([text(1, name)]),
  decode: readHeaderOnly,
};

export const ROLE_GRANT: Method<{ readonly role: string; readonly permission: Permission }, ResponseHeader> =
  {
    path: '/etcdserverpb.Auth/RoleGrantPermission',
    encode: ({ role, permission: { access, key, end } }) =>
      encode([
        text(1, role),
        message(2, [integer(1, PERMISSION_TYPE[access]), text(2, key), text(3, end ?? '')]),
      ]),
    decode: readHeaderOnly,
  };

export const AUTH_ENABLE: Method<null, ResponseHeader> = {
  path: '/etcdserverpb.Auth/AuthEnable',
  encode: () => encode([]),
  decode: readHeaderOnly,
};
