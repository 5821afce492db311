/** The parameters of the four calls, with the bounds of HSS's documents and of official SDKs. */
import { flag, oneOf, text, wholeNumber, type ParameterTable } from './hss-parameters.js';

/** An id, `0` for the default project, or `all_granted_eps`. A wrong form would cost a call and be refused by HSS. */
const enterpriseProject = (value: string) =>
  /^[\w-]{1,64}$/.test(value) ? undefined : 'must be an id, 0 or all_granted_eps';

const timesOf = (...kinds: string[]) =>
  Object.fromEntries(
    kinds.flatMap((kind) => ['start', 'end'].map((side) => [`${side}_latest_${kind}_time`, wholeNumber()])),
  );

export const registryImages: ParameterTable = {
  limit: { least: 1, most: 200 },
  rules: {
    ...timesOf('update', 'scan', 'sync'),
    enterprise_project_id: enterpriseProject,
    namespace: text(128),
    image_name: text(128),
    image_version: text(64),
    registry_name: text(128),
    image_type: oneOf('private_image', 'shared_image', 'instance_image', 'harbor', 'jfrog'),
    latest_version: flag,
    image_size: wholeNumber(2_147_483_547n),
    scan_status: oneOf('unscan', 'success', 'scanning', 'failed', 'waiting_for_scan'),
    has_malicious_file: flag,
    has_unsafe_setting: flag,
    has_vul: flag,
    instance_id: text(128),
    instance_name: text(128),
    is_multarch: flag,
    severity_level: oneOf('Security', 'Low', 'Medium', 'High'),
    risky: flag,
    sort_key: oneOf('latest_scan_time'),
    sort_dir: oneOf('asc', 'desc'),
  },
};

export const localImages: ParameterTable = {
  limit: { least: 10, most: 200 },
  rules: {
    ...timesOf('update', 'scan'),
    enterprise_project_id: enterpriseProject,
    image_name: text(256),
    image_version: text(128),
    scan_status: text(32),
    local_image_type: text(64),
    image_size: wholeNumber(),
    has_vul: flag,
    has_container: flag,
    host_id: text(128),
    host_name: text(128),
    host_ip: text(128),
    container_id: text(128),
    container_name: text(128),
    pod_id: text(128),
    pod_name: text(128),
    app_name: text(128),
  },
};

const coordinates = {
  enterprise_project_id: enterpriseProject,
  image_type: oneOf('private_image', 'shared_image', 'instance_image', 'cicd', 'harbor', 'jfrog'),
  namespace: text(256),
  image_name: text(256),
};

export const imageFiles: ParameterTable = {
  limit: { least: 10, most: 200 },
  rules: { ...coordinates, tag_name: text(256), file_name: text(256) },
};

export const baseImage: ParameterTable = {
  limit: { least: 1, most: 200 },
  rules: { ...coordinates, image_version: text(256), os_name: text(256) },
};
