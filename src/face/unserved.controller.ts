import { All, Controller, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { FaceErrors } from './face-errors.filter.js';
import { notServed } from './gateway-error.js';

/** Every other call of HSS and IAM. Official clients cannot read the problems of /v1. */
@Controller(['v5', 'v3'])
@ApiExcludeController()
@UseFilters(FaceErrors)
export class UnservedController {
  @All('*')
  answer(): never {
    throw notServed();
  }
}
