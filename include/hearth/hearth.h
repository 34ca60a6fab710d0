// All of the public API.
#pragma once

#include "hearth/benchmark.h"  // IWYU pragma: export
#include "hearth/client.h"     // IWYU pragma: export
#include "hearth/convert.h"    // IWYU pragma: export
#include "hearth/error.h"      // IWYU pragma: export
#include "hearth/grammar.h"    // IWYU pragma: export
#include "hearth/hub.h"        // IWYU pragma: export
#include "hearth/model.h"      // IWYU pragma: export
#include "hearth/sampling.h"   // IWYU pragma: export
#include "hearth/server.h"     // IWYU pragma: export
#include "hearth/system.h"     // IWYU pragma: export
#include "hearth/text.h"       // IWYU pragma: export
