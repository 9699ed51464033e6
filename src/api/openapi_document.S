// docs/openapi.yaml, as it is, for openapi_routes.cc.
        .section .rodata
        .global rawhaul_openapi_begin
        .global rawhaul_openapi_end
rawhaul_openapi_begin:
        .incbin "openapi.yaml"
rawhaul_openapi_end:
        .section .note.GNU-stack, "", %progbits
