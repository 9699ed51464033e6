#include "api/openapi_document.h"

// The file as it is: compilers need not take a string literal as long as that.
asm(R"(
        .section .rodata
        .global kOpenApiDocumentBegin
        .global kOpenApiDocumentEnd
kOpenApiDocumentBegin:
        .incbin "openapi.yaml"
kOpenApiDocumentEnd:
        .text
)");

extern "C" const char kOpenApiDocumentBegin;
extern "C" const char kOpenApiDocumentEnd;

namespace rawhaul::api {

std::string_view OpenApiDocument() { return {&kOpenApiDocumentBegin, &kOpenApiDocumentEnd}; }

}  // namespace rawhaul::api
