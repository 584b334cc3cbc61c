select scope.association_id
from {{ source('ops', 'build_scope') }} as scope
