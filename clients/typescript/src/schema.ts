// Made by scripts/generate.mjs of the OpenAPI document. Do not edit.
export interface paths {
    "/v1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search all images: registries and hosts, joined by digest
         * @description Answers from the catalog, without a call of HSS. Images with the same digest are one item. Without `sort`, the images come in the order in which the catalog first saw them. Needs the scope `read`. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["searchImages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{imageId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One image with its base OS, files and hosts
         * @description Merges up to four HSS calls. Each part has its own status and age. An image that the catalog knows needs no coordinates; others need `type`, `namespace`, `name` and `tag`. One usable part makes a 200. Needs the scope `read`. Counts towards the rates `requests` and `concurrent`, and `upstream` with each call of HSS that it causes.
         */
        get: operations["getImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/lookup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One image by a reference, as CI and clusters write it
         * @description The answer of the operation getImage, for `[registry-host/]namespace/name[:tag][@sha256:…]`, a digest or an id. A digest wins over a tag. A host that is none of our registries is a 404, or a 409 with candidates. Needs the scope `read`. Counts towards the rates `requests` and `concurrent`, and `upstream` with each call of HSS that it causes.
         */
        get: operations["lookupImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/batch-get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Up to 100 images by their references
         * @description Keeps the order of the references. The status is 200 whenever the body is valid: `outcome` tells the result of each reference. Needs the scope `read`. Counts towards the rates `requests` and `concurrent`, and `upstream` with each call of HSS that it causes.
         */
        post: operations["batchGetImages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{imageId}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The files of one image
         * @description HSS's list of the image's files, page by page. HSS has no files of `jfrog` images. Needs the scope `read`. Counts towards the rates `requests` and `concurrent`, and `upstream` with each call of HSS that it causes.
         */
        get: operations["listImageFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{imageId}/base-os": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The base OS of one image, layer by layer
         * @description HSS's list of the layers whose operating system it recognised. Needs the scope `read`. Counts towards the rates `requests` and `concurrent`, and `upstream` with each call of HSS that it causes.
         */
        get: operations["listImageBaseOs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hosts that have matching images
         * @description Answers from the catalog, without a call of HSS. Takes every filter on images, for questions such as "which hosts have this file". Needs the scope `hosts`. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["listHosts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hosts/{hostId}/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The images of one host
         * @description Answers from the catalog, without a call of HSS. Needs the scope `hosts`. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["listHostImages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/catalog/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The catalog in counts, and the riskiest images
         * @description Counts of all images, or of those that match, and the ten riskiest of them. Needs the scope `read`. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["getCatalogSummary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/catalog/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All images that match, as a stream of NDJSON or CSV
         * @description One image, or with `of=hosts` one host with one image, on each line. Headers tell the state of the catalog. A stream that breaks off is incomplete: compare the lines with `X-Catalog-Total`. Needs the scope `export`. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["exportCatalog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/catalog/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What changed, oldest first
         * @description Follow the catalog: ask again with the `nextSince` of the last answer, with any filter. `next` is null when nothing newer is there. Needs the scope `read`. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["listCatalogChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/catalog/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far the catalog is: sync, age, coverage
         * @description The only route of the catalog that also answers while the catalog is empty. Needs the scope `read` or `watch`. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["getCatalogStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/registry-images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Images in registries, row by row as HSS lists them
         * @description Passes the filters to HSS. Prefer the operation searchImages, which joins registries and hosts and costs no call. A key that sees only some namespaces must name one: without `namespace` a 400, with another one a 404. Needs the scope `read`. Counts towards the rates `requests` and `concurrent`, and `upstream` with each call of HSS that it causes.
         */
        get: operations["listRegistryImages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/local-images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Images on hosts, row by row as HSS lists them
         * @description Passes the filters to HSS. Prefer the operations searchImages and listHosts, which cost no call. Closed (403) to a key that sees only some namespaces. Needs the scope `hosts`. Counts towards the rates `requests` and `concurrent`, and `upstream` with each call of HSS that it causes.
         */
        get: operations["listLocalImages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who the caller is: consumer, key, scopes, and what is left of its rates
         * @description For a client that wants to know its rights and its rates. Needs a key and no scope. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/budget": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The call budget of each HSS API: its calls in time, promises, queue, pauses, breaker
         * @description The state of this moment, for people and dashboards. Needs the scope `watch`. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["getBudget"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/cache": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The cache of this instance, its last hour, and what the instances agree on
         * @description The state of this moment, for people and dashboards. Needs the scope `watch`. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["getCacheState"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The last 50 requests to this instance that were right and got no answer
         * @description The newest first: 429 and 5xx except `not-cached`, which the consumer asked for, with the request id by which the log has the reason. For people and dashboards. Needs the scope `watch`. Counts towards the rates `requests` and `concurrent`.
         */
        get: operations["listRecentProblems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/cache/purge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Purges one key, all entries with a tag, a project, or all entries, on all instances
         * @description What the purge names in the catalog is unread from then on: the image is still found, with severity and scan null, and is read again. With `dryRun` nothing is purged. Everything, or a project, can be purged once a minute. Needs the scope `admin`. Counts towards the rates `requests` and `concurrent`.
         */
        post: operations["purgeCache"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is wrong, and since when
         * @description Always 200 while the process answers. For people and dashboards. A key of the scope `watch` sees details.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the process answers
         * @description For the liveness probe of an orchestrator.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the instance takes requests
         * @description For balancers. 503 until the catalog is loaded, 10 s at most, and from the beginning of a shutdown.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What a part of the answer is worth. fresh: within its fresh life; stale: past it, `error` says why if HSS could not answer; pending: HSS has not finished its scan, the value is null; absent: HSS does not have the part; failed: HSS could not answer, the value is null. */
        Part: {
            /** @constant */
            status: "fresh";
            /** Format: date-time */
            fetchedAt?: string;
            error?: {
                code: components["schemas"]["ProblemCode"];
                /** Format: date-time */
                retryAt?: string;
            };
        } | {
            /** @constant */
            status: "stale";
            /** Format: date-time */
            fetchedAt?: string;
            error?: {
                code: components["schemas"]["ProblemCode"];
                /** Format: date-time */
                retryAt?: string;
            };
        } | {
            /** @constant */
            status: "pending";
            /** Format: date-time */
            fetchedAt: string;
        } | {
            /** @constant */
            status: "absent";
            /** Format: date-time */
            fetchedAt?: string;
        } | {
            /** @constant */
            status: "failed";
            error: {
                code: components["schemas"]["ProblemCode"];
                /** Format: date-time */
                retryAt?: string;
            };
        };
        MergedHost: {
            hostId: string | null;
            name: string | null;
            agentId: string | null;
            /** Format: int64 */
            containerCount: string | null;
            matchedBy: components["schemas"]["MatchedBy"];
        };
        MergedImage: {
            image?: {
                imageId: string | null;
                digest: string | null;
                type: components["schemas"]["ImageType"] | null;
                namespace: string | null;
                name: string | null;
                tag: string | null;
                /** Format: int64 */
                sizeBytes: string | null;
                /** @description null: not assessed */
                severity: components["schemas"]["Severity"] | null;
                scan: components["schemas"]["Scan"] | null;
                findingCounts: components["schemas"]["FindingCounts"];
                entries: components["schemas"]["RegistryEntry"][];
            } | null;
            baseOs?: components["schemas"]["BaseImage"][] | null;
            files?: {
                items: components["schemas"]["ImageFile"][];
                /** Format: int64 */
                total: string | null;
                next: string | null;
            } | null;
            hosts?: {
                items: components["schemas"]["MergedHost"][];
                /** @description False when hosts may be missing */
                complete: boolean;
            } | null;
            parts: {
                image?: components["schemas"]["Part"];
                baseOs?: components["schemas"]["Part"];
                files?: components["schemas"]["Part"];
                hosts?: components["schemas"]["Part"];
            };
            catalog?: components["schemas"]["CatalogMark"];
        };
        BatchRequest: {
            /** @description 1 to 100 references, as for /v1/images/lookup */
            refs: string[];
            /** @description The parts of each value; default: image, baseOs, files */
            include?: ("image" | "baseOs" | "files" | "hosts")[];
        };
        BatchError: {
            code: components["schemas"]["ProblemCode"];
            detail: string;
            /** Format: date-time */
            retryAt?: string;
            errors?: components["schemas"]["FieldError"][];
            candidates?: components["schemas"]["Candidate"][];
        };
        /** @description The result for one reference. partial: at least one part of the value failed. */
        BatchItem: {
            ref: string;
            /** @constant */
            outcome: "ok";
            value: components["schemas"]["MergedImage"];
            error: null;
        } | {
            ref: string;
            /** @constant */
            outcome: "partial";
            value: components["schemas"]["MergedImage"];
            error: null;
        } | {
            ref: string;
            /** @constant */
            outcome: "failed";
            value: null;
            error: components["schemas"]["BatchError"];
        } | {
            ref: string;
            /** @constant */
            outcome: "absent";
            value: null;
            error: components["schemas"]["BatchError"];
        } | {
            ref: string;
            /** @constant */
            outcome: "invalid";
            value: null;
            error: components["schemas"]["BatchError"];
        } | {
            ref: string;
            /** @constant */
            outcome: "ambiguous";
            value: null;
            error: components["schemas"]["BatchError"];
        };
        BatchAnswer: {
            items: components["schemas"]["BatchItem"][];
            catalog: components["schemas"]["CatalogMark"] | null;
        };
        Scan: {
            status: components["schemas"]["ScanStatus"] | null;
            /** Format: date-time */
            scannedAt: string | null;
            failure: {
                code: string | null;
                description: string | null;
            } | null;
        };
        /** @description null: HSS gave no number */
        FindingCounts: {
            /** Format: int64 */
            vulnerabilities: string | null;
            /** Format: int64 */
            unsafeSettings: string | null;
            /** Format: int64 */
            maliciousFiles: string | null;
        };
        /** @description The place of an image in a registry */
        RegistryEntry: {
            /** @description HSS's id of the row: an int64 as a string */
            entryId: string | null;
            registryName: string | null;
            namespace: string | null;
            name: string | null;
            tag: string | null;
        };
        /** @description One architecture of a multi-architecture image */
        ImageVariant: {
            entryId: string | null;
            imageId: string | null;
            digest: string | null;
            type: components["schemas"]["ImageType"] | null;
            namespace: string | null;
            name: string | null;
            tag: string | null;
            scanStatus: components["schemas"]["ScanStatus"] | null;
            findingCounts: components["schemas"]["FindingCounts"];
        };
        RegistryImage: {
            imageId: string | null;
            digest: string | null;
            type: components["schemas"]["ImageType"] | null;
            namespace: string | null;
            name: string | null;
            tag: string | null;
            /** Format: int64 */
            sizeBytes: string | null;
            /** @description null: not assessed */
            severity: components["schemas"]["Severity"] | null;
            scan: components["schemas"]["Scan"];
            findingCounts: components["schemas"]["FindingCounts"];
            entries: components["schemas"]["RegistryEntry"][];
            /** @description HSS's id of the row: an int64 as a string */
            entryId: string | null;
            latestVersion: boolean | null;
            /** Format: date-time */
            updatedAt: string | null;
            /** Format: date-time */
            syncedAt: string | null;
            multiArch: boolean | null;
            scannable: boolean | null;
            owner: string | null;
            sharedStatus: string | null;
            registry: {
                id: string | null;
                name: string | null;
                type: string | null;
            };
            instance: {
                id: string | null;
                name: string | null;
                url: string | null;
            };
            variants: components["schemas"]["ImageVariant"][];
        };
        RegistryImagePage: {
            items: components["schemas"]["RegistryImage"][];
            /**
             * Format: int64
             * @description The number of matching rows; null when HSS gave no number
             */
            total: string | null;
            limit: number;
            offset: number;
            /** @description Link to the next page; null on the last page */
            next: string | null;
            /**
             * Format: date-time
             * @description The time of the call to HSS, for the oldest row
             */
            fetchedAt: string;
        };
        LocalImage: {
            imageId: string | null;
            digest: string | null;
            localType: components["schemas"]["LocalImageType"] | null;
            name: string | null;
            tag: string | null;
            /** Format: int64 */
            sizeBytes: string | null;
            /** Format: date-time */
            updatedAt: string | null;
            /** @description null: not assessed */
            severity: components["schemas"]["Severity"] | null;
            scan: components["schemas"]["Scan"];
            findingCounts: components["schemas"]["FindingCounts"];
            /** Format: int64 */
            hostCount: string | null;
            /** Format: int64 */
            containerCount: string | null;
            /** Format: int64 */
            componentCount: string | null;
            host: {
                hostId: string | null;
                name: string | null;
                agentId: string | null;
            } | null;
            notScannableReason: string | null;
        };
        LocalImagePage: {
            items: components["schemas"]["LocalImage"][];
            /**
             * Format: int64
             * @description The number of matching rows; null when HSS gave no number
             */
            total: string | null;
            limit: number;
            offset: number;
            /** @description Link to the next page; null on the last page */
            next: string | null;
            /**
             * Format: date-time
             * @description The time of the call to HSS, for the oldest row
             */
            fetchedAt: string;
        };
        ImageFile: {
            name: string | null;
            /** @description The directory, mostly with a slash at the end */
            path: string | null;
            /** Format: int64 */
            sizeBytes: string | null;
        };
        ImageFilePage: {
            items: components["schemas"]["ImageFile"][];
            /**
             * Format: int64
             * @description The number of matching rows; null when HSS gave no number
             */
            total: string | null;
            limit: number;
            offset: number;
            /** @description Link to the next page; null on the last page */
            next: string | null;
            /**
             * Format: date-time
             * @description The time of the call to HSS, for the oldest row
             */
            fetchedAt: string;
        };
        BaseImage: {
            osName: string | null;
            osVersion: string | null;
            layerDigest: string | null;
        };
        BaseImagePage: {
            items: components["schemas"]["BaseImage"][];
            /**
             * Format: int64
             * @description The number of matching rows; null when HSS gave no number
             */
            total: string | null;
            limit: number;
            offset: number;
            /** @description Link to the next page; null on the last page */
            next: string | null;
            /**
             * Format: date-time
             * @description The time of the call to HSS, for the oldest row
             */
            fetchedAt: string;
        };
        /** @description The row that a value comes from */
        Origin: {
            /** @enum {string} */
            source: "registry" | "host";
            entryId: string | null;
            hostId: string | null;
        };
        /** @description The rows with the worst values; null when no row has a value */
        Origins: {
            severity: components["schemas"]["Origin"] | null;
            vulnerabilities: components["schemas"]["Origin"] | null;
            unsafeSettings: components["schemas"]["Origin"] | null;
            maliciousFiles: components["schemas"]["Origin"] | null;
        };
        /** @description A row of the registry list */
        CatalogEntry: {
            entryId: string | null;
            registryName: string | null;
            type: components["schemas"]["ImageType"] | null;
            namespace: string | null;
            name: string | null;
            tag: string | null;
            /** @description null: not assessed */
            severity: components["schemas"]["Severity"] | null;
            scan: components["schemas"]["Scan"];
            findingCounts: components["schemas"]["FindingCounts"];
            latestVersion: boolean | null;
            /** Format: date-time */
            updatedAt: string | null;
            /** Format: date-time */
            syncedAt: string | null;
        };
        /** @description known: as of the last scan; soon: the catalog is going to read the part; after-scan: HSS has to scan the image first; never: HSS has no answer. */
        ContentOutlook: {
            /** @constant */
            status: "known";
            reason: null;
        } | {
            /** @constant */
            status: "soon";
            reason: components["schemas"]["ContentReason"];
        } | {
            /** @constant */
            status: "after-scan";
            reason: components["schemas"]["ContentReason"];
        } | {
            /** @constant */
            status: "never";
            reason: components["schemas"]["ContentReason"];
        };
        /** @description A field that rows of the image fill with different values */
        Disagreement: {
            field: string;
            values: {
                value: string | number;
                origin: components["schemas"]["Origin"];
            }[];
        };
        CatalogImage: {
            imageId?: string | null;
            digest?: string | null;
            type?: components["schemas"]["ImageType"] | null;
            namespace?: string | null;
            name?: string | null;
            tag?: string | null;
            /** Format: int64 */
            sizeBytes?: string | null;
            /** @description The worst value of all sources; null: not assessed */
            severity?: components["schemas"]["Severity"] | null;
            scan?: components["schemas"]["Scan"];
            findingCounts?: components["schemas"]["FindingCounts"];
            origins?: components["schemas"]["Origins"];
            entries?: components["schemas"]["CatalogEntry"][];
            /** @description The digest of the multi-architecture image that has this architecture */
            variantOf?: string | null;
            variants?: components["schemas"]["ImageVariant"][];
            multiArch?: boolean;
            hosts?: {
                /** @description Lists contain only the first ten hosts; the hosts that the request asks for come first. Null without the scope `hosts` */
                items: components["schemas"]["MergedHost"][] | null;
                total: number;
                /** @description True when the catalog knows as many hosts as HSS counts */
                complete: boolean;
            };
            /** @description At least one container runs the image, on any host */
            running?: boolean;
            /** @description Why HSS cannot scan the image on hosts */
            notScannableReason?: string | null;
            /** Format: date-time */
            updatedAt?: string | null;
            /** Format: date-time */
            appearedAt?: string;
            baseOs?: components["schemas"]["BaseImage"][] | null;
            files?: {
                total: number;
                /** Format: date-time */
                readAt: string;
            } | null;
            /** @description Whether the base OS and the files of the last scan are known, and if not, what to expect */
            content?: {
                baseOs: components["schemas"]["ContentOutlook"];
                files: components["schemas"]["ContentOutlook"];
            };
            disagreements?: components["schemas"]["Disagreement"][];
            /**
             * Format: int64
             * @description Under a host, or with hostId: the number of containers that run the image on this host; null when HSS gave no number
             */
            containerCount?: string | null;
            /** @description With fileName or filePath: the first ten files of the image that match */
            matchedFiles?: components["schemas"]["ImageFile"][];
        };
        FacetValue: {
            value: string | null;
            /** @description The text that the parameter of the same name takes for this value */
            filter: string;
            count: number;
        };
        Facets: {
            severity?: components["schemas"]["FacetValue"][];
            scanStatus?: components["schemas"]["FacetValue"][];
            type?: components["schemas"]["FacetValue"][];
            registryName?: components["schemas"]["FacetValue"][];
            namespace?: components["schemas"]["FacetValue"][];
            baseOs?: components["schemas"]["FacetValue"][];
            notScannableReason?: components["schemas"]["FacetValue"][];
            inRegistry?: components["schemas"]["FacetValue"][];
            onHosts?: components["schemas"]["FacetValue"][];
            running?: components["schemas"]["FacetValue"][];
            multiArch?: components["schemas"]["FacetValue"][];
        };
        CatalogImagePage: {
            items: components["schemas"]["CatalogImage"][];
            total: number;
            limit: number;
            /** @description Link to the next page; null on the last page */
            next: string | null;
            nextCursor: string | null;
            /** @description With a filter on content: the number of further images that might match; match=unknown lists these images */
            unknown?: number;
            catalog: components["schemas"]["CatalogMark"];
            facets?: components["schemas"]["Facets"];
        };
        CatalogHost: {
            hostId: string | null;
            name: string | null;
            agentId: string | null;
            /** @description The number of matching images on the host */
            matches: number;
            /**
             * Format: int64
             * @description The number of containers on the host that run matching images; null when HSS gave no number
             */
            containerCount: string | null;
            matchedBy?: components["schemas"]["MatchedBy"];
            /** @description The first matching images, worst first */
            images: components["schemas"]["CatalogImage"][];
        };
        CatalogHostedImage: {
            hostId: string | null;
            hostName: string | null;
            agentId: string | null;
            /**
             * Format: int64
             * @description The number of containers that run the image on this host
             */
            containerCount: string | null;
            /** @description Names, risk, and files that match */
            image: components["schemas"]["CatalogImage"];
        };
        CatalogHostPage: {
            items: components["schemas"]["CatalogHost"][];
            total: number;
            limit: number;
            /** @description Link to the next page; null on the last page */
            next: string | null;
            nextCursor: string | null;
            /** @description With a filter on content: the number of further images that might match; match=unknown lists these images */
            unknown?: number;
            catalog: components["schemas"]["CatalogMark"];
        };
        CatalogSummary: {
            total: number;
            /** @description With a filter on content: the number of further images that might match; match=unknown lists these images */
            unknown?: number;
            counts: {
                severity: components["schemas"]["FacetValue"][];
                scanStatus: components["schemas"]["FacetValue"][];
                baseOs: components["schemas"]["FacetValue"][];
                registryName: components["schemas"]["FacetValue"][];
                namespace: components["schemas"]["FacetValue"][];
                onHosts: components["schemas"]["FacetValue"][];
            };
            riskiest: components["schemas"]["CatalogImage"][];
            catalog: components["schemas"]["CatalogMark"];
        };
        CatalogChange: {
            /** Format: date-time */
            at: string;
            kind: components["schemas"]["ChangeKind"];
            imageId: string | null;
            digest: string | null;
            namespace: string | null;
            name: string | null;
            tag: string | null;
            /** @description The image's severity after the change; null: not assessed, or told by an instance of release 0.1.0 */
            severity: components["schemas"]["Severity"] | null;
            /** @description severity-changed: the severity before; scanned: the time of the scan before */
            before: string | null;
            after: string | null;
            hostId: string | null;
            hostName: string | null;
        };
        CatalogChanges: {
            items: components["schemas"]["CatalogChange"][];
            limit: number;
            next: string | null;
            /** @description The value of `since` for the next request, with the same or another filter */
            nextSince: string;
            catalog: components["schemas"]["CatalogMark"];
        };
        KnownOfTotal: {
            known: number;
            total: number;
        };
        /** @description walkedAt: every row was read at this time or later, and absence is as old as this time. deltaAt: all scans before this time show. updatesAt: all changes before this time show that move a row’s update time. countedAt: rows that came or went before this time have changed HSS’s count, and the sync looks for them. risksAt: the riskiest rows, and those with containers, were read at this time or later. */
        ListAge: {
            /** Format: date-time */
            walkedAt: string | null;
            /** Format: date-time */
            deltaAt: string | null;
            /** Format: date-time */
            updatesAt: string | null;
            /** Format: date-time */
            countedAt: string | null;
            /** Format: date-time */
            risksAt: string | null;
        };
        CatalogMark: {
            /**
             * Format: date-time
             * @description The catalog holds the lists of HSS as of this time
             */
            asOf: string;
            /** @description False until both lists have been read to their ends */
            complete: boolean;
            /** @description The number of images whose content is known */
            coverage: {
                baseOs: components["schemas"]["KnownOfTotal"];
                files: components["schemas"]["KnownOfTotal"];
            };
            lists: {
                registry: components["schemas"]["ListAge"];
                local: components["schemas"]["ListAge"];
            };
        };
        ListProgress: {
            /** @description Null for a key that sees only some namespaces */
            rows: number | null;
            total: number | null;
            walk: {
                /** Format: date-time */
                startedAt: string;
                pagesDone: number;
                pagesExpected: number | null;
                /** @description This walk reads the rows that the walk before missed */
                again: boolean;
            } | null;
            /**
             * Format: date-time
             * @description The start of the last complete walk
             */
            walkedAt: string | null;
            /**
             * Format: date-time
             * @description The time of the last look for new scans
             */
            deltaAt: string | null;
        };
        ContentProgress: {
            known: number;
            total: number;
            /**
             * Format: date-time
             * @description The expected end if consumers make no calls
             */
            expectedEndAt: string | null;
        };
        CatalogStatus: {
            /** @description False until the first block of a list was read */
            ready: boolean;
            complete: boolean;
            /** Format: date-time */
            asOf: string | null;
            /** @description Null for a key that sees only some namespaces */
            epoch: string | null;
            /** @description Null for a key that sees only some namespaces */
            version: number | null;
            registry: components["schemas"]["ListProgress"];
            local: components["schemas"]["ListProgress"];
            /** @description Null for a key that sees only some namespaces */
            calls: number | null;
            /**
             * Format: date-time
             * @description The expected end of the walk if consumers make no calls
             */
            expectedEndAt: string | null;
            coverage: {
                baseOs: components["schemas"]["ContentProgress"];
                files: components["schemas"]["ContentProgress"];
            };
            syncingInstance: string | null;
            /** @description redis: the sync reads nothing while Redis is away; new values may appear */
            waitingFor: string | null;
            /** @description The enterprise project of the catalog; 0 hides other projects */
            enterpriseProjectId: string | null;
            lastError: {
                /** Format: date-time */
                at: string;
                code: string;
            } | null;
            catalog: components["schemas"]["CatalogMark"] | null;
        };
        Me: {
            consumer: string;
            /** @description The first 8 hex digits of the SHA-256 of the key, as in the log */
            keyId: string;
            /**
             * Format: date-time
             * @description The end of the key; null: none
             */
            expiresAt: string | null;
            scopes: string[];
            /** @description The patterns of the namespaces that the caller sees; null: all */
            namespaces: string[] | null;
            /** @description A rate without a limit is null */
            rate: {
                requests: {
                    limit: number;
                    windowSeconds: number;
                    remaining: number;
                    resetSeconds: number;
                } | null;
                concurrent: {
                    limit: number;
                    running: number;
                } | null;
                /** @description Calls of HSS that the requests cause */
                upstream: {
                    limit: number;
                    windowSeconds: number;
                    remaining: number;
                    resetSeconds: number;
                } | null;
            };
        };
        Budget: {
            apis: {
                api: string;
                /** @description False while Redis is away: each instance then keeps to its share */
                shared: boolean;
                limit: number;
                windowMs: number;
                /** @description Calls that count against the limit now */
                used: number;
                /** @description Calls that instances without a sign of life may still make; `limit` is without them */
                reserved: number;
                /** @description The calls that count now, the oldest first; the newest 100 of them */
                calls: {
                    /** Format: date-time */
                    grantedAt: string;
                    /**
                     * Format: date-time
                     * @description When the call stops to count; estimated while the call is under way
                     */
                    freeAt: string;
                    underWay: boolean;
                    /** @description Null for a call of another program with the same HSS user */
                    instance: string | null;
                }[];
                /** @description The turns told to consumers who could not wait, the next first; 100 at most */
                promisedAt: string[];
                /** @description Turns told by this instance since the start: those that came in time, and those that came late */
                promises: {
                    made: number;
                    kept: number;
                    broken: number;
                };
                queue: {
                    waiting: number;
                    "left-behind": number;
                    revalidation: number;
                    background: number;
                };
                oldestWaitMs: number | null;
                /** @description The longest wait in the shared queue, by priority */
                oldestWaitsMs: {
                    waiting: number | null;
                    "left-behind": number | null;
                    revalidation: number | null;
                    background: number | null;
                };
                /** Format: date-time */
                nextSlotAt: string;
                /** Format: date-time */
                pausedUntil: string | null;
                breaker: {
                    /** @enum {string} */
                    state: "closed" | "open" | "half-open";
                    /** Format: date-time */
                    openUntil: string | null;
                };
                learnedLimit: {
                    limit: number;
                    windowMs: number;
                    /** Format: date-time */
                    until: string;
                } | null;
                instances: number;
            }[];
        };
        CacheState: {
            memory: {
                entries: number;
                bytes: number;
                maxBytes: number;
            };
            hot: {
                answers: number;
                bytes: number;
                maxBytes: number;
                /** @description Requests answered with stored bytes or held rows, before any route; `memoryHits` does not count them */
                hits: number;
            };
            /** @description Loads under way */
            loading: number;
            /** @description False while this instance receives no messages of other instances: entries from memory are then marked stale */
            inAgreement: boolean;
            counts: {
                memoryHits: number;
                memoryMisses: number;
                redisHits: number;
                redisMisses: number;
                loads: number;
                failures: number;
                /** @description Loads that ended with the result of another instance */
                superseded: number;
                /** @description Values in Redis that could not be read as an entry */
                unreadable: number;
            };
            /** @description This instance, minute by minute, the oldest first; 60 minutes at most */
            lastHour: {
                /**
                 * Format: date-time
                 * @description The beginning
                 */
                at: string;
                /** @description How long it was; the last one still runs */
                ms: number;
                /** @description Look-ups answered from memory or Redis, and requests answered before any route */
                hits: number;
                /** @description Loads from HSS */
                loads: number;
                /** @description Answers served past their fresh life */
                stale: number;
                /** @description The sum of the ages of these answers */
                staleSeconds: number;
            }[];
            /** @description The name of this instance */
            instance: string;
            /** @description The number of the last purge that the instance knows */
            lastPurge: number;
            /** @description The instances whose heartbeats arrive here, this one among them. They agree when they know the same purge */
            instances: {
                instance: string;
                /** Format: date-time */
                heardAt: string;
                /** @description The number of the last purge that the instance knows */
                lastPurge: number;
            }[];
            /** @description The memory of the fullest Redis server; null without Redis and while Redis is away */
            redis: {
                bytes: number;
                /** @description 0: no limit */
                maxBytes: number;
            } | null;
        };
        RecentProblems: {
            items: {
                /** Format: date-time */
                at: string;
                requestId: string;
                method: string;
                /** @description The pattern of the route; null when none matches */
                route: string | null;
                /** @description Null for a request without a known sender */
                consumer: string | null;
                status: number;
                /** @description A code of the problem list */
                code: string;
                /** @description What HSS said; null when HSS said nothing */
                upstream: {
                    status: number;
                    code: string | null;
                    requestId: string | null;
                } | null;
            }[];
        };
        /** @description Exactly one of `key`, `tag`, `project` and `all` */
        PurgeRequest: {
            /** @description A key of the cache, as described in docs/cache.md */
            key?: string;
            /** @description list:KIND, image:DIGEST or project:ID */
            tag?: string;
            project?: string;
            /** @constant */
            all?: true;
            /** @description true: says what the purge would void, and purges nothing */
            dryRun?: boolean;
        } & (unknown | unknown | unknown | unknown);
        Purge: {
            tag: string;
            /** @description Instances that have not confirmed the purge */
            missing: string[];
        };
        PurgeForecast: {
            /** @description Stored answers that the purge would void */
            entries: number;
            /** @description Calls of HSS by which the catalog would read again in the background what the purge names */
            calls: number;
            /**
             * Format: date-time
             * @description When these calls end if consumers need none meanwhile; null without calls
             */
            refilledBy: string | null;
        };
        Health: {
            /** @enum {string} */
            status: "ok" | "degraded";
            /**
             * Format: date-time
             * @description Since when it is degraded
             */
            since: string | null;
            /** @description Why it is degraded; none of these takes the instance out of service */
            reasons: {
                /** @enum {string} */
                part: "hss" | "iam" | "credential" | "redis" | "consumers-file";
                /** @description A code of the problem list, a state of Redis or its refusal, `faulty` or `secret-keys-unopened` */
                why: string;
                /** Format: date-time */
                since: string;
            }[];
            /** @enum {string} */
            redis: "up" | "down" | "not-configured";
            /** @description Only for a key of the scope `watch` */
            details?: {
                release: string;
                instance: string;
                /** Format: date-time */
                startedAt: string;
                /**
                 * Format: date-time
                 * @description The end of the IAM token; null without one
                 */
                credentialEndsAt: string | null;
                hss: {
                    api: string;
                    part: string;
                    why: string;
                    /** Format: date-time */
                    since: string;
                }[];
                /** @description Failed commands since the start, by reason */
                redisFailures: {
                    [key: string]: number;
                };
                /** @description Null when the catalog is off */
                catalog: {
                    complete: boolean;
                    /** Format: date-time */
                    asOf: string | null;
                    syncingInstance: string | null;
                    lastError: {
                        /** Format: date-time */
                        at: string;
                        code: string;
                    } | null;
                } | null;
            };
        };
        Live: {
            /** @constant */
            status: "ok";
        };
        Ready: {
            /** @constant */
            status: "ok";
        };
        NotReady: {
            /** @enum {string} */
            status: "starting" | "stopping";
            waitingFor?: string;
        };
        /** @enum {string} */
        KnownSeverity: "none" | "low" | "medium" | "high";
        /** @description From the mildest to the worst: none, low, medium, high. Rank an unknown word above high. New words may appear at any time. */
        Severity: components["schemas"]["KnownSeverity"] | (string & Record<never, never>);
        /** @enum {string} */
        KnownScanStatus: "not-scanned" | "waiting" | "scanning" | "completed" | "failed" | "download-failed" | "oversized";
        /** @description The state of the scan by HSS. New words may appear at any time. */
        ScanStatus: components["schemas"]["KnownScanStatus"] | (string & Record<never, never>);
        /** @enum {string} */
        KnownImageType: "private_image" | "shared_image" | "instance_image" | "harbor" | "jfrog" | "cicd";
        /** @description HSS's own words for the kinds of registry images. New words may appear at any time. */
        ImageType: components["schemas"]["KnownImageType"] | (string & Record<never, never>);
        /** @enum {string} */
        KnownLocalImageType: "swr_image" | "other_image";
        /** @description HSS's own words for the kinds of images on hosts. New words may appear at any time. */
        LocalImageType: components["schemas"]["KnownLocalImageType"] | (string & Record<never, never>);
        /** @enum {string} */
        KnownMatchedBy: "digest" | "name" | "variant" | "index";
        /** @description How the image was found on the host. digest: the host tells this digest; name: the host tells no digest; variant: the host has an architecture of the asked image; index: the host names the multi-architecture image of the asked architecture. Lists of images have digest and name only. New words may appear at any time. */
        MatchedBy: components["schemas"]["KnownMatchedBy"] | (string & Record<never, never>);
        /** @enum {string} */
        KnownChangeKind: "appeared" | "disappeared" | "scanned" | "severity-changed" | "came-to-host" | "left-host";
        /** @description What changed. New words may appear at any time. */
        ChangeKind: components["schemas"]["KnownChangeKind"] | (string & Record<never, never>);
        /** @enum {string} */
        KnownContentReason: "not-read" | "scanned-again" | "not-scanned" | "scan-failed" | "jfrog" | "on-hosts-only" | "not-scannable" | "no-coordinates" | "not-known-to-hss";
        /** @description Why the content is not known. New words may appear at any time. */
        ContentReason: components["schemas"]["KnownContentReason"] | (string & Record<never, never>);
        /**
         * @description A closed set; /docs/problems explains each code.
         * @enum {string}
         */
        ProblemCode: "invalid-request" | "image-coordinates-required" | "unauthenticated" | "forbidden" | "not-found" | "method-not-allowed" | "not-acceptable" | "ambiguous-reference" | "image-not-scanned" | "cursor-expired" | "payload-too-large" | "uri-too-long" | "unsupported-media-type" | "rate-limited" | "headers-too-large" | "internal" | "upstream-unauthorized" | "upstream-unsupported" | "upstream-invalid-response" | "upstream-throttled" | "upstream-unavailable" | "catalog-not-ready" | "overloaded" | "deadline-exceeded" | "not-cached";
        /** @description A faulty field of the request */
        FieldError: {
            field: string;
            message: string;
        };
        /** @description An image that an ambiguous reference may mean */
        Candidate: {
            imageId: string | null;
            digest: string | null;
            type: components["schemas"]["ImageType"] | null;
            namespace: string | null;
            name: string | null;
            tag: string | null;
            registryName: string | null;
        };
        /** @description HSS's own answer. Give its requestId to Huawei's support. */
        Upstream: {
            status: number;
            code: string | null;
            requestId: string | null;
        };
        Problem: {
            /** @description Link to the explanation of the code */
            type: string;
            title: string;
            status: number;
            detail: string;
            code: components["schemas"]["ProblemCode"];
            requestId: string;
            /** @description Whether the same request can succeed later */
            retryable: boolean;
            /**
             * Format: date-time
             * @description The time from which the same request can succeed
             */
            retryAt?: string;
            errors?: components["schemas"]["FieldError"][];
            candidates?: components["schemas"]["Candidate"][];
            upstream?: components["schemas"]["Upstream"];
        };
    };
    responses: {
        /** @description Nothing changed since the answer with the ETag of If-None-Match. The headers are current. */
        NotModified: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                ETag: components["headers"]["ETag"];
                Age: components["headers"]["Age"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Cache-Status": components["headers"]["Cache-Status"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description `invalid-request`: The request is invalid. `image-coordinates-required`: The coordinates of the image are missing */
        Problem400: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 400;
                    /** @enum {unknown} */
                    code?: "invalid-request" | "image-coordinates-required";
                };
            };
        };
        /** @description `invalid-request`: The request is invalid */
        Problem400InvalidRequest: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 400;
                    /** @enum {unknown} */
                    code?: "invalid-request";
                };
            };
        };
        /** @description `unauthenticated`: An API key is required */
        Problem401: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 401;
                    /** @enum {unknown} */
                    code?: "unauthenticated";
                };
            };
        };
        /** @description `forbidden`: This API key does not permit this request */
        Problem403: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 403;
                    /** @enum {unknown} */
                    code?: "forbidden";
                };
            };
        };
        /** @description `not-found`: There is no such thing */
        Problem404: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "not-found";
                };
            };
        };
        /** @description `not-acceptable`: None of the accepted formats is available */
        Problem406: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 406;
                    /** @enum {unknown} */
                    code?: "not-acceptable";
                };
            };
        };
        /** @description `ambiguous-reference`: Several images match. `image-not-scanned`: HSS has not finished scanning the image */
        Problem409: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {unknown} */
                    code?: "ambiguous-reference" | "image-not-scanned";
                };
            };
        };
        /** @description `ambiguous-reference`: Several images match */
        Problem409AmbiguousReference: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 409;
                    /** @enum {unknown} */
                    code?: "ambiguous-reference";
                };
            };
        };
        /** @description `cursor-expired`: The cursor is too old */
        Problem410: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 410;
                    /** @enum {unknown} */
                    code?: "cursor-expired";
                };
            };
        };
        /** @description `payload-too-large`: The body is too large */
        Problem413: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 413;
                    /** @enum {unknown} */
                    code?: "payload-too-large";
                };
            };
        };
        /** @description `uri-too-long`: The URL is too long */
        Problem414: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 414;
                    /** @enum {unknown} */
                    code?: "uri-too-long";
                };
            };
        };
        /** @description `unsupported-media-type`: The body has an unsupported format */
        Problem415: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 415;
                    /** @enum {unknown} */
                    code?: "unsupported-media-type";
                };
            };
        };
        /** @description `rate-limited`: Your quota is used up */
        Problem429: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Retry-After": components["headers"]["Retry-After"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 429;
                    /** @enum {unknown} */
                    code?: "rate-limited";
                };
            };
        };
        /** @description `headers-too-large`: The headers are too large */
        Problem431: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 431;
                    /** @enum {unknown} */
                    code?: "headers-too-large";
                };
            };
        };
        /** @description `internal`: Something went wrong here */
        Problem500: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 500;
                    /** @enum {unknown} */
                    code?: "internal";
                };
            };
        };
        /** @description `upstream-unauthorized`: HSS refused our credentials or rights. `upstream-unsupported`: HSS has not published this in the region. `upstream-invalid-response`: HSS gave an answer that is not understood */
        Problem502: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 502;
                    /** @enum {unknown} */
                    code?: "upstream-unauthorized" | "upstream-unsupported" | "upstream-invalid-response";
                };
            };
        };
        /** @description `upstream-throttled`: The call budget of HSS is used up. `upstream-unavailable`: HSS is failing or cannot be reached. `catalog-not-ready`: The catalog is not ready. `overloaded`: The service is overloaded */
        Problem503: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 503;
                    /** @enum {unknown} */
                    code?: "upstream-throttled" | "upstream-unavailable" | "catalog-not-ready" | "overloaded";
                };
            };
        };
        /** @description `overloaded`: The service is overloaded */
        Problem503Overloaded: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 503;
                    /** @enum {unknown} */
                    code?: "overloaded";
                };
            };
        };
        /** @description `upstream-throttled`: The call budget of HSS is used up. `upstream-unavailable`: HSS is failing or cannot be reached. `overloaded`: The service is overloaded */
        Problem503UpstreamThrottledUpstreamUnavailableOverloaded: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 503;
                    /** @enum {unknown} */
                    code?: "upstream-throttled" | "upstream-unavailable" | "overloaded";
                };
            };
        };
        /** @description `deadline-exceeded`: The answer did not come in time. `not-cached`: Not in the cache */
        Problem504: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 504;
                    /** @enum {unknown} */
                    code?: "deadline-exceeded" | "not-cached";
                };
            };
        };
        /** @description `deadline-exceeded`: The answer did not come in time */
        Problem504DeadlineExceeded: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 504;
                    /** @enum {unknown} */
                    code?: "deadline-exceeded";
                };
            };
        };
    };
    parameters: {
        /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
        RequestId: string;
        /** @description The ETag of an answer that you have: 304 when nothing changed */
        IfNoneMatch: string;
        /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
        Freshness: string;
        /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
        Prefer: string;
    };
    requestBodies: never;
    headers: {
        /** @description The id of this request, also in the log of the service */
        "X-Request-Id": string;
        /** @description A weak tag of the data, without their times: for If-None-Match */
        ETag: string;
        /** @description Seconds since the call of HSS, for the oldest part */
        Age: number;
        /** @description How long a client may keep the answer */
        "Cache-Control": string;
        /** @description RFC 9211: whether the cache had the answer, and for how many seconds it is fresh */
        "Cache-Status": string;
        /** @description The request headers that choose the answer */
        Vary: string;
        /** @description The next page: `<…>; rel="next"` */
        Link: string;
        /** @description `handling=strict` on the answer to a strict request */
        "Preference-Applied": string;
        /** @description What is left of the rate of requests, where the consumer has one */
        RateLimit: string;
        /** @description The rate of requests, where the consumer has one */
        "RateLimit-Policy": string;
        /** @description Seconds until the same request can succeed */
        "Retry-After": number;
        /** @description How to send a key */
        "WWW-Authenticate": string;
        /** @description The export holds the lists of HSS as of this time */
        "X-Catalog-As-Of": string;
        /** @description true when both lists have been read to their ends */
        "X-Catalog-Complete": boolean;
        /** @description baseOs=12/450, files=3/450: images with known content, of all images */
        "X-Catalog-Coverage": string;
        /** @description The value of `since` for /v1/catalog/changes: the changes after this export */
        "X-Catalog-Mark": string;
        /** @description The number of lines: matching images, or pairs of a host and a matching image */
        "X-Catalog-Total": number;
        /** @description With a filter on content: the number of further images that might match */
        "X-Catalog-Unknown": number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    searchImages: {
        parameters: {
            query?: {
                /** @description An image id or digest, with or without sha256: */
                imageId?: string;
                /** @description Worst severity, such as high,medium; unknown means not assessed. Several words with commas between them; !word leaves out, ~null for no value */
                severity?: "none" | "low" | "medium" | "high" | (string & Record<never, never>);
                /** @description Scan status. Several words with commas between them; !word leaves out, ~null for no value */
                scanStatus?: "not-scanned" | "waiting" | "scanning" | "completed" | "failed" | "download-failed" | "oversized" | (string & Record<never, never>);
                /** @description At least this many vulnerabilities */
                vulnerabilitiesMin?: number;
                /** @description At least this many settings that fail the baseline check */
                unsafeSettingsMin?: number;
                /** @description At least this many malicious files */
                maliciousFilesMin?: number;
                /** @description On at least this many hosts */
                hostsMin?: number;
                /** @description Organization. Several words with commas between them; !word leaves out, ~null for no value */
                namespace?: string;
                /** @description Image name, ignoring case. Several words with commas between them; !word leaves out, ~null for no value */
                name?: string;
                /** @description Image tag. Several words with commas between them; !word leaves out, ~null for no value */
                tag?: string;
                /** @description Registry name; ~null also finds entries whose registry HSS does not name. Several words with commas between them; !word leaves out, ~null for no value */
                registryName?: string;
                /** @description Kind of registry image. Several words with commas between them; !word leaves out, ~null for no value */
                type?: "private_image" | "shared_image" | "instance_image" | "harbor" | "jfrog" | (string & Record<never, never>);
                /** @description Why HSS cannot scan the image. Several words with commas between them; !word leaves out, ~null for no value */
                notScannableReason?: string;
                /** @description Id of a host that has the image */
                hostId?: string;
                /** @description Name of a host that has the image, ignoring case */
                hostName?: string;
                /** @description Part of the name of a host that has the image, ignoring case */
                hostQuery?: string;
                /** @description The image is in at least one registry */
                inRegistry?: boolean;
                /** @description The image is on at least one host */
                onHosts?: boolean;
                /** @description At least one container runs the image: on the host that the path or the query names, on any host if none is named. In /v1/hosts and an export of hosts: on each host that is listed */
                running?: boolean;
                /** @description Is a multi-architecture image */
                multiArch?: boolean;
                /** @description Base OS with its version, exactly as the facet shows it. Several words with commas between them; !word leaves out, ~null for no value */
                baseOs?: string;
                /** @description Name of the base OS, ignoring case. Several words with commas between them; !word leaves out */
                baseOsName?: string;
                /** @description Version of the base OS, ignoring case: 9 is also 9.13, but not 90. Several words with commas between them; !word leaves out */
                baseOsVersion?: string;
                /** @description Part of the name of a file in the image, or of its whole path, ignoring case */
                fileName?: string;
                /** @description Part of the directory of a file in the image, ignoring case */
                filePath?: string;
                /** @description Updated at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedAfter?: string;
                /** @description Updated before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedBefore?: string;
                /** @description Scanned at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedAfter?: string;
                /** @description Scanned before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedBefore?: string;
                /** @description Part of a name as namespace/name:tag, ignoring case */
                q?: string;
                /** @description Sort keys, each once; a minus puts the largest values first; unknown values come last */
                sort?: ("severity" | "-severity" | "vulnerabilities" | "-vulnerabilities" | "unsafeSettings" | "-unsafeSettings" | "maliciousFiles" | "-maliciousFiles" | "hosts" | "-hosts" | "scannedAt" | "-scannedAt" | "updatedAt" | "-updatedAt" | "appearedAt" | "-appearedAt" | "sizeBytes" | "-sizeBytes" | "name" | "-name")[];
                /** @description The fields of an item to show; default: all */
                fields?: ("imageId" | "digest" | "type" | "namespace" | "name" | "tag" | "sizeBytes" | "severity" | "scan" | "findingCounts" | "origins" | "entries" | "variantOf" | "variants" | "multiArch" | "hosts" | "running" | "notScannableReason" | "updatedAt" | "appearedAt" | "baseOs" | "files" | "content" | "disagreements" | "containerCount" | "matchedFiles")[];
                /** @description Counts of the matches by their values */
                facets?: ("severity" | "scanStatus" | "type" | "registryName" | "namespace" | "baseOs" | "notScannableReason" | "inRegistry" | "onHosts" | "running" | "multiArch")[];
                /** @description Items per page */
                limit?: number;
                /** @description The `nextCursor` of an earlier answer, valid for at least 15 minutes: shows the next page */
                cursor?: string;
                /** @description With a filter on content: known lists the matches, unknown the images that might match */
                match?: "known" | "unknown";
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    Link: components["headers"]["Link"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogImagePage"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            410: components["responses"]["Problem410"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            504: components["responses"]["Problem504"];
        };
    };
    getImage: {
        parameters: {
            query?: {
                /** @description Kind of image */
                type?: "private_image" | "shared_image" | "instance_image" | "cicd" | "harbor" | "jfrog";
                /** @description Organization */
                namespace?: string;
                /** @description Image name */
                name?: string;
                /** @description Image tag */
                tag?: string;
                /** @description The parts of the answer */
                include?: ("image" | "baseOs" | "files" | "hosts")[];
                /** @description Only files whose name contains this text */
                fileName?: string;
                /** @description The largest number of files in the answer */
                fileLimit?: number;
                /** @description Enterprise project: an id, 0 for the default project, all_granted_eps for all */
                enterpriseProjectId?: string;
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                imageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MergedImage"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            406: components["responses"]["Problem406"];
            409: components["responses"]["Problem409"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            502: components["responses"]["Problem502"];
            503: components["responses"]["Problem503"];
            504: components["responses"]["Problem504"];
        };
    };
    lookupImage: {
        parameters: {
            query: {
                /** @description The parts of the answer */
                include?: ("image" | "baseOs" | "files" | "hosts")[];
                /** @description Only files whose name contains this text */
                fileName?: string;
                /** @description The largest number of files in the answer */
                fileLimit?: number;
                /** @description Enterprise project: an id, 0 for the default project, all_granted_eps for all */
                enterpriseProjectId?: string;
                /** @description [registry-host/]namespace/name[:tag][@sha256:…], a digest or an id; if tag and digest disagree, the digest decides */
                ref: string;
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MergedImage"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            406: components["responses"]["Problem406"];
            409: components["responses"]["Problem409"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            502: components["responses"]["Problem502"];
            503: components["responses"]["Problem503"];
            504: components["responses"]["Problem504"];
        };
    };
    batchGetImages: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BatchRequest"];
            };
        };
        responses: {
            /** @description Up to 100 images by their references */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            413: components["responses"]["Problem413"];
            414: components["responses"]["Problem414"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503Overloaded"];
            504: components["responses"]["Problem504DeadlineExceeded"];
        };
    };
    listImageFiles: {
        parameters: {
            query?: {
                /** @description Rows per page */
                limit?: number;
                /** @description Rows to skip */
                offset?: number;
                /** @description Enterprise project: an id, 0 for the default project, all_granted_eps for all */
                enterpriseProjectId?: string;
                /** @description Part of the link `next`: stored answers from this time on are accepted for this walk */
                walk?: string;
                /** @description Kind of image */
                type?: "private_image" | "shared_image" | "instance_image" | "cicd" | "harbor";
                /** @description Organization */
                namespace?: string;
                /** @description Image name */
                name?: string;
                /** @description Image tag */
                tag?: string;
                /** @description Part of a file name */
                fileName?: string;
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                imageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    Link: components["headers"]["Link"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageFilePage"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            406: components["responses"]["Problem406"];
            409: components["responses"]["Problem409AmbiguousReference"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            502: components["responses"]["Problem502"];
            503: components["responses"]["Problem503UpstreamThrottledUpstreamUnavailableOverloaded"];
            504: components["responses"]["Problem504"];
        };
    };
    listImageBaseOs: {
        parameters: {
            query?: {
                /** @description Rows per page */
                limit?: number;
                /** @description Rows to skip */
                offset?: number;
                /** @description Enterprise project: an id, 0 for the default project, all_granted_eps for all */
                enterpriseProjectId?: string;
                /** @description Part of the link `next`: stored answers from this time on are accepted for this walk */
                walk?: string;
                /** @description Kind of image */
                type?: "private_image" | "shared_image" | "instance_image" | "cicd" | "harbor";
                /** @description Organization */
                namespace?: string;
                /** @description Image name */
                name?: string;
                /** @description Image tag */
                tag?: string;
                /** @description Name of the operating system */
                osName?: string;
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                imageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    Link: components["headers"]["Link"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BaseImagePage"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            406: components["responses"]["Problem406"];
            409: components["responses"]["Problem409AmbiguousReference"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            502: components["responses"]["Problem502"];
            503: components["responses"]["Problem503UpstreamThrottledUpstreamUnavailableOverloaded"];
            504: components["responses"]["Problem504"];
        };
    };
    listHosts: {
        parameters: {
            query?: {
                /** @description An image id or digest, with or without sha256: */
                imageId?: string;
                /** @description Worst severity, such as high,medium; unknown means not assessed. Several words with commas between them; !word leaves out, ~null for no value */
                severity?: "none" | "low" | "medium" | "high" | (string & Record<never, never>);
                /** @description Scan status. Several words with commas between them; !word leaves out, ~null for no value */
                scanStatus?: "not-scanned" | "waiting" | "scanning" | "completed" | "failed" | "download-failed" | "oversized" | (string & Record<never, never>);
                /** @description At least this many vulnerabilities */
                vulnerabilitiesMin?: number;
                /** @description At least this many settings that fail the baseline check */
                unsafeSettingsMin?: number;
                /** @description At least this many malicious files */
                maliciousFilesMin?: number;
                /** @description On at least this many hosts */
                hostsMin?: number;
                /** @description Organization. Several words with commas between them; !word leaves out, ~null for no value */
                namespace?: string;
                /** @description Image name, ignoring case. Several words with commas between them; !word leaves out, ~null for no value */
                name?: string;
                /** @description Image tag. Several words with commas between them; !word leaves out, ~null for no value */
                tag?: string;
                /** @description Registry name; ~null also finds entries whose registry HSS does not name. Several words with commas between them; !word leaves out, ~null for no value */
                registryName?: string;
                /** @description Kind of registry image. Several words with commas between them; !word leaves out, ~null for no value */
                type?: "private_image" | "shared_image" | "instance_image" | "harbor" | "jfrog" | (string & Record<never, never>);
                /** @description Why HSS cannot scan the image. Several words with commas between them; !word leaves out, ~null for no value */
                notScannableReason?: string;
                /** @description Id of a host that has the image */
                hostId?: string;
                /** @description Name of a host that has the image, ignoring case */
                hostName?: string;
                /** @description Part of the name of a host that has the image, ignoring case */
                hostQuery?: string;
                /** @description The image is in at least one registry */
                inRegistry?: boolean;
                /** @description The image is on at least one host */
                onHosts?: boolean;
                /** @description At least one container runs the image: on the host that the path or the query names, on any host if none is named. In /v1/hosts and an export of hosts: on each host that is listed */
                running?: boolean;
                /** @description Is a multi-architecture image */
                multiArch?: boolean;
                /** @description Base OS with its version, exactly as the facet shows it. Several words with commas between them; !word leaves out, ~null for no value */
                baseOs?: string;
                /** @description Name of the base OS, ignoring case. Several words with commas between them; !word leaves out */
                baseOsName?: string;
                /** @description Version of the base OS, ignoring case: 9 is also 9.13, but not 90. Several words with commas between them; !word leaves out */
                baseOsVersion?: string;
                /** @description Part of the name of a file in the image, or of its whole path, ignoring case */
                fileName?: string;
                /** @description Part of the directory of a file in the image, ignoring case */
                filePath?: string;
                /** @description Updated at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedAfter?: string;
                /** @description Updated before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedBefore?: string;
                /** @description Scanned at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedAfter?: string;
                /** @description Scanned before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedBefore?: string;
                /** @description Part of a name as namespace/name:tag, ignoring case */
                q?: string;
                /** @description Sort keys: matching images, containers that run them, the worst severity and the most vulnerabilities of a matching image, name of the host, each once; a minus puts the largest values first */
                sort?: ("matches" | "-matches" | "containers" | "-containers" | "severity" | "-severity" | "vulnerabilities" | "-vulnerabilities" | "name" | "-name")[];
                /** @description The fields of the matching images to show; default: names, risk, containers, and files that match */
                fields?: ("imageId" | "digest" | "type" | "namespace" | "name" | "tag" | "sizeBytes" | "severity" | "scan" | "findingCounts" | "origins" | "entries" | "variantOf" | "variants" | "multiArch" | "hosts" | "running" | "notScannableReason" | "updatedAt" | "appearedAt" | "baseOs" | "files" | "content" | "disagreements" | "containerCount" | "matchedFiles")[];
                /** @description Hosts per page */
                limit?: number;
                /** @description The `nextCursor` of an earlier answer, valid for at least 15 minutes: shows the next page */
                cursor?: string;
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    Link: components["headers"]["Link"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogHostPage"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            410: components["responses"]["Problem410"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            504: components["responses"]["Problem504"];
        };
    };
    listHostImages: {
        parameters: {
            query?: {
                /** @description An image id or digest, with or without sha256: */
                imageId?: string;
                /** @description Worst severity, such as high,medium; unknown means not assessed. Several words with commas between them; !word leaves out, ~null for no value */
                severity?: "none" | "low" | "medium" | "high" | (string & Record<never, never>);
                /** @description Scan status. Several words with commas between them; !word leaves out, ~null for no value */
                scanStatus?: "not-scanned" | "waiting" | "scanning" | "completed" | "failed" | "download-failed" | "oversized" | (string & Record<never, never>);
                /** @description At least this many vulnerabilities */
                vulnerabilitiesMin?: number;
                /** @description At least this many settings that fail the baseline check */
                unsafeSettingsMin?: number;
                /** @description At least this many malicious files */
                maliciousFilesMin?: number;
                /** @description On at least this many hosts */
                hostsMin?: number;
                /** @description Organization. Several words with commas between them; !word leaves out, ~null for no value */
                namespace?: string;
                /** @description Image name, ignoring case. Several words with commas between them; !word leaves out, ~null for no value */
                name?: string;
                /** @description Image tag. Several words with commas between them; !word leaves out, ~null for no value */
                tag?: string;
                /** @description Registry name; ~null also finds entries whose registry HSS does not name. Several words with commas between them; !word leaves out, ~null for no value */
                registryName?: string;
                /** @description Kind of registry image. Several words with commas between them; !word leaves out, ~null for no value */
                type?: "private_image" | "shared_image" | "instance_image" | "harbor" | "jfrog" | (string & Record<never, never>);
                /** @description Why HSS cannot scan the image. Several words with commas between them; !word leaves out, ~null for no value */
                notScannableReason?: string;
                /** @description The image is in at least one registry */
                inRegistry?: boolean;
                /** @description The image is on at least one host */
                onHosts?: boolean;
                /** @description At least one container runs the image: on the host that the path or the query names, on any host if none is named. In /v1/hosts and an export of hosts: on each host that is listed */
                running?: boolean;
                /** @description Is a multi-architecture image */
                multiArch?: boolean;
                /** @description Base OS with its version, exactly as the facet shows it. Several words with commas between them; !word leaves out, ~null for no value */
                baseOs?: string;
                /** @description Name of the base OS, ignoring case. Several words with commas between them; !word leaves out */
                baseOsName?: string;
                /** @description Version of the base OS, ignoring case: 9 is also 9.13, but not 90. Several words with commas between them; !word leaves out */
                baseOsVersion?: string;
                /** @description Part of the name of a file in the image, or of its whole path, ignoring case */
                fileName?: string;
                /** @description Part of the directory of a file in the image, ignoring case */
                filePath?: string;
                /** @description Updated at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedAfter?: string;
                /** @description Updated before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedBefore?: string;
                /** @description Scanned at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedAfter?: string;
                /** @description Scanned before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedBefore?: string;
                /** @description Part of a name as namespace/name:tag, ignoring case */
                q?: string;
                /** @description Sort keys, each once; a minus puts the largest values first; unknown values come last */
                sort?: ("severity" | "-severity" | "vulnerabilities" | "-vulnerabilities" | "unsafeSettings" | "-unsafeSettings" | "maliciousFiles" | "-maliciousFiles" | "hosts" | "-hosts" | "scannedAt" | "-scannedAt" | "updatedAt" | "-updatedAt" | "appearedAt" | "-appearedAt" | "sizeBytes" | "-sizeBytes" | "name" | "-name")[];
                /** @description The fields of an item to show; default: all */
                fields?: ("imageId" | "digest" | "type" | "namespace" | "name" | "tag" | "sizeBytes" | "severity" | "scan" | "findingCounts" | "origins" | "entries" | "variantOf" | "variants" | "multiArch" | "hosts" | "running" | "notScannableReason" | "updatedAt" | "appearedAt" | "baseOs" | "files" | "content" | "disagreements" | "containerCount" | "matchedFiles")[];
                /** @description Counts of the matches by their values */
                facets?: ("severity" | "scanStatus" | "type" | "registryName" | "namespace" | "baseOs" | "notScannableReason" | "inRegistry" | "onHosts" | "running" | "multiArch")[];
                /** @description Items per page */
                limit?: number;
                /** @description The `nextCursor` of an earlier answer, valid for at least 15 minutes: shows the next page */
                cursor?: string;
                /** @description With a filter on content: known lists the matches, unknown the images that might match */
                match?: "known" | "unknown";
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                hostId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    Link: components["headers"]["Link"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogImagePage"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            406: components["responses"]["Problem406"];
            410: components["responses"]["Problem410"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            504: components["responses"]["Problem504"];
        };
    };
    getCatalogSummary: {
        parameters: {
            query?: {
                /** @description An image id or digest, with or without sha256: */
                imageId?: string;
                /** @description Worst severity, such as high,medium; unknown means not assessed. Several words with commas between them; !word leaves out, ~null for no value */
                severity?: "none" | "low" | "medium" | "high" | (string & Record<never, never>);
                /** @description Scan status. Several words with commas between them; !word leaves out, ~null for no value */
                scanStatus?: "not-scanned" | "waiting" | "scanning" | "completed" | "failed" | "download-failed" | "oversized" | (string & Record<never, never>);
                /** @description At least this many vulnerabilities */
                vulnerabilitiesMin?: number;
                /** @description At least this many settings that fail the baseline check */
                unsafeSettingsMin?: number;
                /** @description At least this many malicious files */
                maliciousFilesMin?: number;
                /** @description On at least this many hosts */
                hostsMin?: number;
                /** @description Organization. Several words with commas between them; !word leaves out, ~null for no value */
                namespace?: string;
                /** @description Image name, ignoring case. Several words with commas between them; !word leaves out, ~null for no value */
                name?: string;
                /** @description Image tag. Several words with commas between them; !word leaves out, ~null for no value */
                tag?: string;
                /** @description Registry name; ~null also finds entries whose registry HSS does not name. Several words with commas between them; !word leaves out, ~null for no value */
                registryName?: string;
                /** @description Kind of registry image. Several words with commas between them; !word leaves out, ~null for no value */
                type?: "private_image" | "shared_image" | "instance_image" | "harbor" | "jfrog" | (string & Record<never, never>);
                /** @description Why HSS cannot scan the image. Several words with commas between them; !word leaves out, ~null for no value */
                notScannableReason?: string;
                /** @description Id of a host that has the image */
                hostId?: string;
                /** @description Name of a host that has the image, ignoring case */
                hostName?: string;
                /** @description Part of the name of a host that has the image, ignoring case */
                hostQuery?: string;
                /** @description The image is in at least one registry */
                inRegistry?: boolean;
                /** @description The image is on at least one host */
                onHosts?: boolean;
                /** @description At least one container runs the image: on the host that the path or the query names, on any host if none is named. In /v1/hosts and an export of hosts: on each host that is listed */
                running?: boolean;
                /** @description Is a multi-architecture image */
                multiArch?: boolean;
                /** @description Base OS with its version, exactly as the facet shows it. Several words with commas between them; !word leaves out, ~null for no value */
                baseOs?: string;
                /** @description Name of the base OS, ignoring case. Several words with commas between them; !word leaves out */
                baseOsName?: string;
                /** @description Version of the base OS, ignoring case: 9 is also 9.13, but not 90. Several words with commas between them; !word leaves out */
                baseOsVersion?: string;
                /** @description Part of the name of a file in the image, or of its whole path, ignoring case */
                fileName?: string;
                /** @description Part of the directory of a file in the image, ignoring case */
                filePath?: string;
                /** @description Updated at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedAfter?: string;
                /** @description Updated before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedBefore?: string;
                /** @description Scanned at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedAfter?: string;
                /** @description Scanned before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedBefore?: string;
                /** @description Part of a name as namespace/name:tag, ignoring case */
                q?: string;
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogSummary"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            504: components["responses"]["Problem504"];
        };
    };
    exportCatalog: {
        parameters: {
            query?: {
                /** @description An image id or digest, with or without sha256: */
                imageId?: string;
                /** @description Worst severity, such as high,medium; unknown means not assessed. Several words with commas between them; !word leaves out, ~null for no value */
                severity?: "none" | "low" | "medium" | "high" | (string & Record<never, never>);
                /** @description Scan status. Several words with commas between them; !word leaves out, ~null for no value */
                scanStatus?: "not-scanned" | "waiting" | "scanning" | "completed" | "failed" | "download-failed" | "oversized" | (string & Record<never, never>);
                /** @description At least this many vulnerabilities */
                vulnerabilitiesMin?: number;
                /** @description At least this many settings that fail the baseline check */
                unsafeSettingsMin?: number;
                /** @description At least this many malicious files */
                maliciousFilesMin?: number;
                /** @description On at least this many hosts */
                hostsMin?: number;
                /** @description Organization. Several words with commas between them; !word leaves out, ~null for no value */
                namespace?: string;
                /** @description Image name, ignoring case. Several words with commas between them; !word leaves out, ~null for no value */
                name?: string;
                /** @description Image tag. Several words with commas between them; !word leaves out, ~null for no value */
                tag?: string;
                /** @description Registry name; ~null also finds entries whose registry HSS does not name. Several words with commas between them; !word leaves out, ~null for no value */
                registryName?: string;
                /** @description Kind of registry image. Several words with commas between them; !word leaves out, ~null for no value */
                type?: "private_image" | "shared_image" | "instance_image" | "harbor" | "jfrog" | (string & Record<never, never>);
                /** @description Why HSS cannot scan the image. Several words with commas between them; !word leaves out, ~null for no value */
                notScannableReason?: string;
                /** @description Id of a host that has the image */
                hostId?: string;
                /** @description Name of a host that has the image, ignoring case */
                hostName?: string;
                /** @description Part of the name of a host that has the image, ignoring case */
                hostQuery?: string;
                /** @description The image is in at least one registry */
                inRegistry?: boolean;
                /** @description The image is on at least one host */
                onHosts?: boolean;
                /** @description At least one container runs the image: on the host that the path or the query names, on any host if none is named. In /v1/hosts and an export of hosts: on each host that is listed */
                running?: boolean;
                /** @description Is a multi-architecture image */
                multiArch?: boolean;
                /** @description Base OS with its version, exactly as the facet shows it. Several words with commas between them; !word leaves out, ~null for no value */
                baseOs?: string;
                /** @description Name of the base OS, ignoring case. Several words with commas between them; !word leaves out */
                baseOsName?: string;
                /** @description Version of the base OS, ignoring case: 9 is also 9.13, but not 90. Several words with commas between them; !word leaves out */
                baseOsVersion?: string;
                /** @description Part of the name of a file in the image, or of its whole path, ignoring case */
                fileName?: string;
                /** @description Part of the directory of a file in the image, ignoring case */
                filePath?: string;
                /** @description Updated at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedAfter?: string;
                /** @description Updated before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedBefore?: string;
                /** @description Scanned at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedAfter?: string;
                /** @description Scanned before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedBefore?: string;
                /** @description Part of a name as namespace/name:tag, ignoring case */
                q?: string;
                /** @description Form of the export; default: ndjson */
                format?: "ndjson" | "csv";
                /** @description One line for each image (default), or one line for each host and image */
                of?: "images" | "hosts";
                /** @description With a filter on content: known lists the matches, unknown the images that might match */
                match?: "known" | "unknown";
            };
            header?: {
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All images that match, as a stream of NDJSON or CSV */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "X-Catalog-As-Of": components["headers"]["X-Catalog-As-Of"];
                    "X-Catalog-Complete": components["headers"]["X-Catalog-Complete"];
                    "X-Catalog-Coverage": components["headers"]["X-Catalog-Coverage"];
                    "X-Catalog-Mark": components["headers"]["X-Catalog-Mark"];
                    "X-Catalog-Total": components["headers"]["X-Catalog-Total"];
                    "X-Catalog-Unknown": components["headers"]["X-Catalog-Unknown"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            504: components["responses"]["Problem504"];
        };
    };
    listCatalogChanges: {
        parameters: {
            query?: {
                /** @description The `nextSince` of an earlier answer, or a time; default: the oldest change that is kept */
                since?: string;
                /** @description Changes per answer */
                limit?: number;
                /** @description Kinds of change */
                kind?: ("appeared" | "disappeared" | "scanned" | "severity-changed" | "came-to-host" | "left-host")[];
                /** @description Severity of the image after the change, or before it for severity-changed; ~null means not assessed. Several words with commas between them */
                severity?: "none" | "low" | "medium" | "high" | (string & Record<never, never>);
                /** @description Id or digest of the image, with or without `sha256:` */
                imageId?: string;
                /** @description Id of the host that an image came to or left */
                hostId?: string;
                /** @description Name of the host that an image came to or left, ignoring case */
                hostName?: string;
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    Link: components["headers"]["Link"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogChanges"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            410: components["responses"]["Problem410"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            504: components["responses"]["Problem504"];
        };
    };
    getCatalogStatus: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How far the catalog is: sync, age, coverage */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    Vary: components["headers"]["Vary"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogStatus"];
                };
            };
            /** @description Nothing changed since the answer with the ETag of If-None-Match. The headers are current. */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503Overloaded"];
        };
    };
    listRegistryImages: {
        parameters: {
            query?: {
                /** @description Rows per page */
                limit?: number;
                /** @description Rows to skip */
                offset?: number;
                /** @description Enterprise project: an id, 0 for the default project, all_granted_eps for all */
                enterpriseProjectId?: string;
                /** @description Part of the link `next`: stored answers from this time on are accepted for this walk */
                walk?: string;
                /** @description Organization */
                namespace?: string;
                /** @description Image name */
                name?: string;
                /** @description Image tag */
                tag?: string;
                /** @description Kind of registry image: private_image, shared_image, instance_image, harbor, jfrog, or a new word of HSS */
                type?: "private_image" | "shared_image" | "instance_image" | "harbor" | "jfrog" | (string & Record<never, never>);
                /** @description Registry name */
                registryName?: string;
                /** @description Instance of SWR enterprise edition */
                instanceId?: string;
                /** @description Name of an instance of SWR enterprise edition */
                instanceName?: string;
                /** @description Scan status; HSS cannot filter by the other statuses: not-scanned, waiting, scanning, completed, failed, or a new word of HSS */
                scanStatus?: "not-scanned" | "waiting" | "scanning" | "completed" | "failed" | (string & Record<never, never>);
                /** @description Severity; matches scanned images only: none, low, medium, high, or a new word of HSS */
                severity?: "none" | "low" | "medium" | "high" | (string & Record<never, never>);
                /** @description Image size in bytes */
                sizeBytes?: number;
                /** @description Latest versions only */
                latestOnly?: boolean;
                /** @description Has software vulnerabilities */
                hasVulnerabilities?: boolean;
                /** @description Has malicious files */
                hasMaliciousFiles?: boolean;
                /** @description Has settings that fail the baseline check */
                hasUnsafeSettings?: boolean;
                /** @description Has any security risk */
                risky?: boolean;
                /** @description Is a multi-architecture image */
                multiArch?: boolean;
                /** @description Updated at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedAfter?: string;
                /** @description Updated at or before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedBefore?: string;
                /** @description Scanned at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedAfter?: string;
                /** @description Scanned at or before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedBefore?: string;
                /** @description Synchronised at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                syncedAfter?: string;
                /** @description Synchronised at or before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                syncedBefore?: string;
                /** @description Order by scan time, oldest first, or newest first with a minus */
                sort?: "scannedAt" | "-scannedAt";
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    Link: components["headers"]["Link"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryImagePage"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            502: components["responses"]["Problem502"];
            503: components["responses"]["Problem503UpstreamThrottledUpstreamUnavailableOverloaded"];
            504: components["responses"]["Problem504"];
        };
    };
    listLocalImages: {
        parameters: {
            query?: {
                /** @description Rows per page */
                limit?: number;
                /** @description Rows to skip */
                offset?: number;
                /** @description Enterprise project: an id, 0 for the default project, all_granted_eps for all */
                enterpriseProjectId?: string;
                /** @description Part of the link `next`: stored answers from this time on are accepted for this walk */
                walk?: string;
                /** @description Part of an image name, in its case: `app` matches `my-app-debug` too */
                name?: string;
                /** @description Image tag; takes effect only together with `name` */
                tag?: string;
                /** @description Scan status: not-scanned, waiting, scanning, completed, failed, or a new word of HSS */
                scanStatus?: "not-scanned" | "waiting" | "scanning" | "completed" | "failed" | (string & Record<never, never>);
                /** @description Whether the image is from SWR: swr_image, other_image, or a new word of HSS */
                localType?: "swr_image" | "other_image" | (string & Record<never, never>);
                /** @description Image size in bytes */
                sizeBytes?: string;
                /** @description Has software vulnerabilities; matches scanned images only */
                hasVulnerabilities?: boolean;
                /** @description Has containers */
                hasContainers?: boolean;
                /** @description Updated at or after, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedAfter?: string;
                /** @description Updated before, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                updatedBefore?: string;
                /** @description Scanned at or after; matches scanned images only, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedAfter?: string;
                /** @description Scanned before; matches scanned images only, such as 2026-01-31T12:00:00Z, or milliseconds since 1970 */
                scannedBefore?: string;
                /** @description Id of a host that has the image */
                hostId?: string;
                /** @description Part of the name of a host that has the image, in its case */
                hostName?: string;
                /** @description Private or public address of a host that has the image */
                hostIp?: string;
                /** @description Id of a container of the image */
                containerId?: string;
                /** @description Part of the name of a container of the image, in its case */
                containerName?: string;
                /** @description Id of a pod that runs the image */
                podId?: string;
                /** @description Part of the name of a pod that runs the image, in its case */
                podName?: string;
                /** @description Part of the name of software in the image, in its case */
                softwareName?: string;
            };
            header?: {
                /** @description The ETag of an answer that you have: 304 when nothing changed */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing */
                "Cache-Control"?: components["parameters"]["Freshness"];
                /** @description `handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds */
                Prefer?: components["parameters"]["Prefer"];
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Age and Cache-Status tell how old the answer is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Cache-Status": components["headers"]["Cache-Status"];
                    Vary: components["headers"]["Vary"];
                    Link: components["headers"]["Link"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LocalImagePage"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            502: components["responses"]["Problem502"];
            503: components["responses"]["Problem503UpstreamThrottledUpstreamUnavailableOverloaded"];
            504: components["responses"]["Problem504"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who the caller is: consumer, key, scopes, and what is left of its rates */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503Overloaded"];
        };
    };
    getBudget: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call budget of each HSS API: its calls in time, promises, queue, pauses, breaker */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503Overloaded"];
        };
    };
    getCacheState: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cache of this instance, its last hour, and what the instances agree on */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CacheState"];
                };
            };
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503Overloaded"];
        };
    };
    listRecentProblems: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The last 50 requests to this instance that were right and got no answer */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecentProblems"];
                };
            };
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503Overloaded"];
        };
    };
    purgeCache: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PurgeRequest"];
            };
        };
        responses: {
            /** @description Purges one key, all entries with a tag, a project, or all entries, on all instances */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purge"] | components["schemas"]["PurgeForecast"];
                };
            };
            /** @description Some instances have not confirmed the purge yet */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purge"];
                };
            };
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            406: components["responses"]["Problem406"];
            413: components["responses"]["Problem413"];
            414: components["responses"]["Problem414"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503Overloaded"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong, and since when */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["Problem400InvalidRequest"];
            401: components["responses"]["Problem401"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether the process answers */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Live"];
                };
            };
            400: components["responses"]["Problem400InvalidRequest"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether the instance takes requests */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            400: components["responses"]["Problem400InvalidRequest"];
            406: components["responses"]["Problem406"];
            414: components["responses"]["Problem414"];
            431: components["responses"]["Problem431"];
            500: components["responses"]["Problem500"];
            /** @description Starting or stopping: send requests elsewhere */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotReady"];
                };
            };
        };
    };
}
