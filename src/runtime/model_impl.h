// What stands behind the public Model.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "engine/engine.h"
#include "hearth/model.h"
#include "runtime/constraint.h"
#include "runtime/model_info.h"

namespace hearth {

struct Model::Impl {
  Impl(std::shared_ptr<const LoadedModel> loaded, const ModelOptions& model_options)
      : engine(std::move(loaded), model_options), info(describe(engine.model())), options(model_options) {}

  Engine engine;
  ModelInfo info;
  ModelOptions options;
  GrammarCache grammars;

  const LoadedModel& model() const { return engine.model(); }
  Sequence* start(const GenerateRequest& request, const OnText& on_text);
};

}  // namespace hearth
