import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../config/config.js';
import type { HssConfig } from '../config/hss.js';
import type { Consumers } from '../consumers/consumers.js';
import { BaseImagesModule } from '../endpoints/base-images/base-images.module.js';
import { ImageFilesModule } from '../endpoints/image-files/image-files.module.js';
import { LocalImagesModule } from '../endpoints/local-images/local-images.module.js';
import { RegistryImagesModule } from '../endpoints/registry-images/registry-images.module.js';
import type { Rates } from '../consumers/rates.js';
import { ClientAddress } from '../http/client-address.js';
import { FailedAuthentications } from '../http/failed-authentications.js';
import { ImagesModule } from '../images/images.module.js';
import { FaceAccess, FACE_SETTINGS, type FaceSettings } from './face-access.js';
import { HssRequests } from './hss-requests.js';
import { IdentityController } from './identity.controller.js';
import { ImageCallsController } from './image-calls.controller.js';
import { IssuedKeys } from './issued-keys.js';
import { sealingKey } from '../consumers/sealed-secret.js';
import { UnservedController } from './unserved.controller.js';

/** Who may come in, as both faces of the service know it. */
export interface Door {
  consumers: Consumers;
  rates: Rates;
  failures: FailedAuthentications;
  addresses: ClientAddress;
}

/** Official clients wait for 120 s and more, and a refusal costs some of them minutes. */
export const leastDeadlineMs = 60_000;

/** HSS's own API for official SDKs and Terraform: `HSS_COMPAT=on`. */
@Module({})
export class FaceModule {
  static with(config: Config & { hss: HssConfig }, door: Door): DynamicModule {
    const settings: FaceSettings = {
      region: config.hss.region,
      projectId: config.hss.projectId,
      publicBasePath: config.listen.publicBasePath,
      deadlineMs: Math.max(leastDeadlineMs, config.requestDeadlineMs),
    };
    return {
      module: FaceModule,
      imports: [RegistryImagesModule, LocalImagesModule, ImageFilesModule, BaseImagesModule, ImagesModule],
      controllers: [ImageCallsController, IdentityController, UnservedController],
      providers: [
        HssRequests,
        FaceAccess,
        { provide: IssuedKeys, useValue: new IssuedKeys(door.consumers, config.masterKeys.map(sealingKey)) },
        { provide: FailedAuthentications, useValue: door.failures },
        { provide: ClientAddress, useValue: door.addresses },
        { provide: FACE_SETTINGS, useValue: settings },
      ],
    };
  }
}
