import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { BaseImagesModule } from '../endpoints/base-images/base-images.module.js';
import { ImageFilesModule } from '../endpoints/image-files/image-files.module.js';
import { LocalImagesModule } from '../endpoints/local-images/local-images.module.js';
import { RegistryImagesModule } from '../endpoints/registry-images/registry-images.module.js';
import { ImagesModule } from '../images/images.module.js';
import { FaceAccess, FACE_SETTINGS, type FaceSettings } from './face-access.js';
import { HssRequests } from './hss-requests.js';
import { IdentityController } from './identity.controller.js';
import { ImageCallsController } from './image-calls.controller.js';
import { UnservedController } from './unserved.controller.js';

/** HSS's own API for official SDKs and Terraform: `HSS_COMPAT=on`. */
@Module({})
export class FaceModule {
  /** @param keys provides SdkKeys. */
  static with(settings: FaceSettings, keys: Provider): DynamicModule {
    return {
      module: FaceModule,
      imports: [RegistryImagesModule, LocalImagesModule, ImageFilesModule, BaseImagesModule, ImagesModule],
      controllers: [ImageCallsController, IdentityController, UnservedController],
      providers: [HssRequests, FaceAccess, keys, { provide: FACE_SETTINGS, useValue: settings }],
    };
  }
}
